namespace Crane.Notebooks.Files;

/// <summary>A notebook, a name or a parameter that cannot be used; the message says what was found and what to do.</summary>
public sealed class NotebookException(string message) : Exception(message);
