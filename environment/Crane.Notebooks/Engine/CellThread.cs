using System.Collections.Concurrent;

namespace Crane.Notebooks.Engine;

/// <summary>The one thread on which all cells of a notebook run, their continuations after <c>await</c> included: grad mode and dispose scopes of
/// libtorch are per thread.</summary>
internal sealed class CellThread : SynchronizationContext, IDisposable
{
    private readonly BlockingCollection<(SendOrPostCallback Callback, object? State)> queue = [];
    private readonly Thread thread;
    private volatile bool working;

    public CellThread()
    {
        thread = new Thread(Pump, maxStackSize: 16 << 20) { IsBackground = true, Name = "cells" };
        thread.Start();
    }

    /// <summary>Starts the work on the cell thread; the task ends when the work has, awaits included.</summary>
    public Task<T> Run<T>(Func<Task<T>> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(async _ =>
        {
            try
            {
                done.SetResult(await work());
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        }, null);
        return done.Task;
    }

    public override void Post(SendOrPostCallback callback, object? state)
    {
        // A background task of a finished notebook may still come home; nobody waits for it.
        if (!queue.IsAddingCompleted)
            queue.Add((callback, state));
    }

    public override void Send(SendOrPostCallback callback, object? state)
    {
        if (Thread.CurrentThread == thread)
        {
            callback(state);
            return;
        }
        Run(() =>
        {
            callback(state);
            return Task.FromResult(true);
        }).GetAwaiter().GetResult();
    }

    /// <summary>Wakes a cell that sleeps or waits for a lock, an event or a task: the wait ends in a <see cref="ThreadInterruptedException"/>. A cell that
    /// computes is left alone.</summary>
    public void Wake()
    {
        if (working && thread.ThreadState.HasFlag(ThreadState.WaitSleepJoin))
            thread.Interrupt();
    }

    public override SynchronizationContext CreateCopy() => this;

    public void Dispose() => queue.CompleteAdding();

    private void Pump()
    {
        SetSynchronizationContext(this);
        while (!queue.IsCompleted)
        {
            try
            {
                if (!queue.TryTake(out var work, Timeout.Infinite))
                    continue;
                working = true;
                work.Callback(work.State);
            }
            catch (ThreadInterruptedException)
            {
                // A wake-up that came when the cell had just ended; its own waits tell the cell.
            }
            working = false;
        }
    }
}
