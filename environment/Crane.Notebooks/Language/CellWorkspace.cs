using Crane.Notebooks.Engine;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Host.Mef;
using Microsoft.CodeAnalysis.Text;

namespace Crane.Notebooks.Language;

/// <summary>The notebook as Roslyn's editor services see it: a chain of submissions, one for each piece that was executed, and the text that is being typed as
/// the last.</summary>
internal sealed class CellWorkspace : IDisposable
{
    private static readonly CSharpParseOptions Parsing = new(LanguageVersion.Latest, kind: SourceCodeKind.Script);
    private static readonly Lazy<MefHostServices> Services = new(() => MefHostServices.Create(MefHostServices.DefaultAssemblies));

    private readonly AdhocWorkspace workspace = new(Services.Value);
    private Solution solution;
    private ProjectId? last;
    private CompilationOptions? options;
    private IReadOnlyList<MetadataReference> references = [];
    private int known;

    public CellWorkspace() => solution = workspace.CurrentSolution;

    /// <summary>A document with this text after everything that was executed.</summary>
    public Document Document(string code, NotebookEngine engine)
    {
        var pieces = engine.Pieces;
        for (; known < pieces.Count; known++)
        {
            (solution, last) = Submission(solution, pieces[known].Code, pieces[known].Options, pieces[known].References);
            (options, references) = (pieces[known].Options, pieces[known].References);
        }
        var scriptOptions = engine.Options;
        var now = options ?? new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, usings: scriptOptions.Imports);
        var (typed, project) = Submission(solution, code, now, last is null ? [.. scriptOptions.MetadataReferences] : references);
        return typed.GetProject(project)!.Documents.Single();
    }

    public void Dispose() => workspace.Dispose();

    private (Solution, ProjectId) Submission(Solution before, string code, CompilationOptions compilation, IReadOnlyList<MetadataReference> references)
    {
        var name = $"Submission#{before.ProjectIds.Count}";
        var id = ProjectId.CreateNewId(name);
        var after = before.AddProject(ProjectInfo.Create(id, VersionStamp.Default, name, name, LanguageNames.CSharp,
            compilationOptions: compilation, parseOptions: Parsing, metadataReferences: references, isSubmission: true));
        if (last is not null)
            after = after.AddProjectReference(id, new ProjectReference(last));
        return (after.AddDocument(DocumentInfo.Create(DocumentId.CreateNewId(id), name, sourceCodeKind: SourceCodeKind.Script,
            loader: TextLoader.From(TextAndVersion.Create(SourceText.From(code), VersionStamp.Default)))), id);
    }
}
