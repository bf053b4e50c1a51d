using System.Diagnostics;

namespace Crane.Core.Editing;

/// <summary>Wall clock and processor clock together.</summary>
internal readonly struct Clocks
{
    private readonly long wall = Stopwatch.GetTimestamp();
    private readonly TimeSpan processor = Environment.CpuUsage.TotalTime;

    public Clocks() { }

    /// <summary>Seconds since then.</summary>
    public double Seconds => Stopwatch.GetElapsedTime(wall).TotalSeconds;

    /// <summary>Seconds that the process's threads have worked since then.</summary>
    public double ProcessorSeconds => (Environment.CpuUsage.TotalTime - processor).TotalSeconds;
}
