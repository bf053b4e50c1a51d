using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO.Pipes;

namespace Crane.Notebooks.Engine;

/// <summary>An engine in a process of its own: a cell that exits, crashes in native code or never ends takes that process with it, and is told about like any
/// other failure.</summary>
public sealed class CellProcess : ICells
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Process process;
    private readonly AnonymousPipeServerStream pipe = new(PipeDirection.In, HandleInheritability.Inheritable);
    private readonly ConcurrentDictionary<int, Action<CellOutput>> listeners = [];
    private readonly NativeTail said = new();
    private readonly Task reading;
    private readonly Lock gate = new();
    private (int Number, TaskCompletionSource<CellResult> Done, Stopwatch Clock)? running;
    private CellError? death;
    private bool exiting;
    private int calls, counted;

    /// <param name="folder">The notebook's folder: the process's current directory, from which <c>#r</c> paths are taken, too.</param>
    public CellProcess(string folder)
    {
        process = new Process
        {
            EnableRaisingEvents = true,
            StartInfo = new ProcessStartInfo(DotnetHost.Path, [DotnetHost.Program, "cells", folder, pipe.GetClientHandleAsString()])
            {
                WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
                // Quick start counts more here than the last bit of speed of the engine; the library's heavy work is native.
                Environment = { ["DOTNET_TieredPGO"] = "0" },
            },
        };
        process.OutputDataReceived += (_, e) => said.Add(e.Data);
        process.ErrorDataReceived += (_, e) => said.Add(e.Data);
        process.Exited += (_, _) => _ = Ended();
        process.Start();
        pipe.DisposeLocalCopyOfClientHandle();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        reading = Task.Factory.StartNew(Read, TaskCreationOptions.LongRunning);
    }

    /// <inheritdoc/>
    public async Task<CellResult> Execute(string code, Action<CellOutput> show, CellOptions options, CancellationToken cancellation = default)
    {
        var done = new TaskCompletionSource<CellResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        int number;
        lock (gate)
        {
            number = ++calls;
            counted += options.Counted ? 1 : 0;
            listeners[number] = show;
            if (death is null)
                running = (number, done, Stopwatch.StartNew());
            else
                Fail(done, show, CellError.Simple(death.Name, "The process that runs the notebook ended in an earlier cell; this one did not run."),
                    TimeSpan.Zero);
        }
        Send(new CellCommand(number, code, options.Counted));
        using var stop = cancellation.Register(() => Send(new CellCommand(number, Code: null)));
        return await done.Task;
    }

    /// <summary>Ends the process, also while a cell runs.</summary>
    public void Dispose()
    {
        try
        {
            process.StandardInput.Close();
            if (!process.WaitForExit(Patience))
                process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // It had ended already.
        }
        process.WaitForExit(Patience);
        reading.Wait(Patience);
        pipe.Dispose();
        process.Dispose();
    }

    private void Send(CellCommand command)
    {
        try
        {
            lock (process)
            {
                process.StandardInput.WriteLine(CellWire.Write(command));
                process.StandardInput.Flush();
            }
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // The process is gone, which is told where its end is noticed.
        }
    }

    private void Read()
    {
        using var lines = new StreamReader(pipe);
        try
        {
            while (lines.ReadLine() is { } line)
                Received(CellWire.Read<CellEvent>(line));
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or System.Text.Json.JsonException)
        {
            // A line that a crash cut in two; its end is told by Ended.
        }
    }

    private void Received(CellEvent what)
    {
        if (what.Cell == 0)
            exiting = true;
        if (what.Output is { } output && listeners.TryGetValue(what.Cell, out var show))
            show(output);
        if (what.Result is not { } result)
            return;
        lock (gate)
        {
            if (running is { } cell && cell.Number == what.Cell)
                cell.Done.TrySetResult(result);
            running = null;
        }
    }

    // What it had said before is read to the end first; a program that the cell started may hold the pipes open, so not without limit.
    private async Task Ended()
    {
        await Task.WhenAny(Task.WhenAll(reading, process.WaitForExitAsync()), Task.Delay(Patience));
        lock (gate)
        {
            death = ProcessDeath.Explain(process.ExitCode, exiting, said.Lines);
            if (running is { } cell)
                Fail(cell.Done, listeners[cell.Number], death, cell.Clock.Elapsed);
            running = null;
        }
    }

    private void Fail(TaskCompletionSource<CellResult> done, Action<CellOutput> show, CellError error, TimeSpan elapsed)
    {
        show(new ErrorOutput(error));
        done.TrySetResult(new CellResult(error, counted, elapsed));
    }
}
