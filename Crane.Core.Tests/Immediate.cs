namespace Crane.Core.Tests;

/// <summary>Progress that is told at once, on the reporter's thread.</summary>
internal sealed class Immediate<T>(Action<T> action) : IProgress<T>
{
    public void Report(T value) => action(value);
}
