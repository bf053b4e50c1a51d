using Microsoft.CodeAnalysis;

namespace Crane.Notebooks.Engine;

/// <summary>A piece of C# that compiled, with what it was compiled against.</summary>
internal sealed record ScriptPiece(string Code, CompilationOptions Options, IReadOnlyList<MetadataReference> References);
