using System.Runtime.InteropServices;

namespace Crane.Core;

/// <summary>Processor time of this process, all threads together: unlike a wall clock it does not run while other programs have the core.</summary>
public static partial class ProcessorClock
{
    private const int ProcessCpuTime = 2;

    /// <summary>Seconds since the process began, to the microsecond on Linux, to the tick of the system elsewhere.</summary>
    public static double Seconds => OperatingSystem.IsLinux() && clock_gettime(ProcessCpuTime, out var time) == 0 ? time.Seconds + time.Nanoseconds * 1e-9
        : Environment.CpuUsage.TotalTime.TotalSeconds;

    /// <summary>Processor time of a call, in seconds.</summary>
    public static double Of(Action work)
    {
        var before = Seconds;
        work();
        return Seconds - before;
    }

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, out TimeSpec time);

    private readonly struct TimeSpec
    {
        public readonly long Seconds, Nanoseconds;
    }
}
