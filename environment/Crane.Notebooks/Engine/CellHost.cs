using System.IO.Pipes;
using System.Runtime.InteropServices;

namespace Crane.Notebooks.Engine;

/// <summary>The other end of a <see cref="CellProcess"/>: an engine that takes commands from standard input and tells what happens through a pipe of its
/// own, since native code may write to standard output.</summary>
internal static class CellHost
{
    public static async Task<int> Run(string folder, string pipe)
    {
        // Ctrl-C reaches the whole group; the parent says what is to happen.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true);
        using var events = new StreamWriter(new AnonymousPipeClientStream(PipeDirection.Out, pipe)) { AutoFlush = true };
        var gate = new Lock();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Say(new CellEvent(0));
        using var commands = new StreamReader(Console.OpenStandardInput());
        using var engine = new NotebookEngine(folder);
        CancellationTokenSource? stop = null;
        while (await commands.ReadLineAsync() is { } line)
            if (CellWire.Read<CellCommand>(line) is { Code: { } code } command)
                _ = RunCell(command, code, (stop = new CancellationTokenSource()).Token);
            else
                _ = stop?.CancelAsync();
        // The parent is done, or gone; a cell that still computes would keep this process alive.
        Environment.Exit(0);
        return 0;

        async Task RunCell(CellCommand command, string code, CancellationToken cancellation)
        {
            var result = await engine.Execute(code, output => Say(new CellEvent(command.Cell, output)), new CellOptions { Counted = command.Counted },
                cancellation);
            Say(new CellEvent(command.Cell, Result: result));
        }

        void Say(CellEvent what)
        {
            lock (gate)
                try
                {
                    events.WriteLine(CellWire.Write(what));
                }
                catch (Exception e) when (e is IOException or ObjectDisposedException)
                {
                    // Nobody listens any more.
                }
        }
    }
}
