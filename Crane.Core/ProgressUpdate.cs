namespace Crane.Core;

/// <summary>How far a long piece of work has come.</summary>
/// <param name="Stage">What is being done, in a word or two.</param>
/// <param name="Done">Units finished.</param>
/// <param name="Total">Units in all.</param>
/// <param name="Detail">The latest number or name, or null.</param>
public sealed record ProgressUpdate(string Stage, long Done, long Total, string? Detail = null);
