using System.CommandLine;
using Crane.Notebooks.Running;

namespace Crane.Notebooks.Verbs;

/// <summary><c>crane table</c>: the paper's table from data/results.</summary>
internal static class TableVerb
{
    public static Command Create()
    {
        var readme = new Option<bool>("--readme") { Description = "Put the tables between their marks in README.md instead of printing them." };
        var command = new Command("table", "Write the paper's table from data/results: all methods, with intervals and tests.") { readme };
        command.SetAction((parsed, _) => Verb.Guarded(() => TableCommand.Run(parsed.GetValue(readme) ? Path.Combine(Chapters.Root(), "README.md")
            : null, Console.Out)));
        return command;
    }
}
