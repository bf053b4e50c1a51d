using System.Collections.Concurrent;

namespace Crane.Notebooks.Engine;

/// <summary>The one thread on which all cells of a notebook run, their continuations after <c>await</c> included: grad mode and dispose scopes of
/// libtorch are per thread.</summary>
internal sealed class CellThread : SynchronizationContext, IDisposable
{
    private readonly BlockingCollection<(SendOrPostCallback Callback, object? State)> queue = [];
    private readonly Thread thread;
    private readonly Lock waking = new();
    private bool working, woken;

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
        lock (waking)
        {
            if (!working || !thread.ThreadState.HasFlag(ThreadState.WaitSleepJoin))
                return;
            woken = true;
            thread.Interrupt();
        }
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
                Mark(true);
                work.Callback(work.State);
            }
            catch (ThreadInterruptedException)
            {
                // A wake-up that came when the cell had just ended; its own waits tell the cell.
            }
            Rest();
        }
    }

    /// <summary>A wake-up that found its cell done would else lie in wait for the next one that sleeps.</summary>
    private void Rest()
    {
        while (true)
        {
            try
            {
                if (Mark(false))
                    Thread.Sleep(1);
                return;
            }
            catch (ThreadInterruptedException)
            {
            }
        }
    }

    /// <returns>Whether the thread has been woken since the last time.</returns>
    private bool Mark(bool works)
    {
        lock (waking)
        {
            var was = woken;
            (working, woken) = (works, works && woken);
            return was;
        }
    }
}
