using Crane.Core;
using Crane.Core.Evaluation.Tables;
using Crane.Notebooks.Files;

namespace Crane.Notebooks.Running;

/// <summary>Writes the paper's table from the results.</summary>
internal static class TableCommand
{
    /// <summary>Prints it, or puts it between its marks in a page.</summary>
    /// <param name="page">null: prints.</param>
    /// <param name="log">Gets the table, or a sentence.</param>
    /// <exception cref="NotebookException">The page, or a file of results, cannot be used.</exception>
    public static void Run(string? page, TextWriter log)
    {
        try
        {
            if (page is null)
            {
                log.Write(new ResultsMarkdown().Write());
                return;
            }
            AtomicFile.WriteAllText(page, new ResultsMarkdown().Into(File.ReadAllText(page)));
            log.WriteLine($"{page} has the tables of data/results.");
        }
        catch (Exception e) when (e is InvalidDataException or FileNotFoundException) { throw new NotebookException(e.Message); }
    }
}
