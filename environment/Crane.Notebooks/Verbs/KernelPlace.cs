using System.CommandLine;
using System.CommandLine.Parsing;
using Crane.Notebooks.Kernel;

namespace Crane.Notebooks.Verbs;

/// <summary>Where Jupyter looks for kernels: the options that <c>install</c> and <c>uninstall</c> share.</summary>
internal sealed class KernelPlace
{
    private readonly Option<bool> user = new("--user") { Description = "For this user; this is the default." };
    private readonly Option<bool> sysPrefix =
        new("--sys-prefix") { Description = "For the Python environment that is active, or else the one that 'python3' belongs to." };
    private readonly Option<string?> prefix = new("--prefix") { Description = "Below this folder, in share/jupyter/kernels." };

    /// <summary>Gives a command the options, of which it takes one.</summary>
    public Command AddTo(Command command)
    {
        Option[] places = [user, sysPrefix, prefix];
        foreach (var place in places) command.Options.Add(place);
        command.Validators.Add(result =>
        {
            if (places.Count(o => result.GetResult(o) is OptionResult { Implicit: false }) > 1)
                result.AddError("--user, --sys-prefix and --prefix exclude each other.");
        });
        return command;
    }

    /// <summary>The folder that was chosen.</summary>
    public string Of(ParseResult parsed) => parsed.GetValue(prefix) is { } folder ? KernelSpec.BelowPrefix(folder)
        : parsed.GetValue(sysPrefix) ? KernelSpec.BelowPrefix(KernelSpec.SystemPrefix()) : KernelSpec.OfUser();
}
