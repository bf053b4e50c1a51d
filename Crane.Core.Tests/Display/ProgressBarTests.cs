using Crane.Core.Display;

namespace Crane.Core.Tests.Display;

public class ProgressBarTests
{
    private sealed class Clock : TimeProvider
    {
        private long ticks;
        public void Wait(double seconds) => ticks += (long)(seconds * TimeSpan.TicksPerSecond);
        public override long GetTimestamp() => ticks;
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;
    }

    private readonly Clock clock = new();
    private readonly List<string> drawn = [];

    private ProgressBar Bar() => new(b => drawn.Add(b.ToString()), clock);

    [Fact]
    public void Report_Halfway_ShowsRateAndTimeLeft()
    {
        var bar = Bar();
        bar.Report(new("train", 0, 400));
        clock.Wait(20);
        bar.Report(new("train", 100, 400, "loss 0.5"));
        Assert.Equal("train [#####...............] 100 of 400 (25 %) · 5 / s · 60 s left · loss 0.5".Replace("60 s", "1 min 00 s"), drawn[^1]);
        Assert.Contains("width:25%", bar.ToMimeBundle()[Mime.Html]);
    }

    [Fact]
    public void Report_ResumedWork_RateCountsOnlyWhatWasDoneNow()
    {
        var bar = Bar();
        bar.Report(new("train", 300, 400));
        clock.Wait(10);
        bar.Report(new("train", 350, 400));
        Assert.Contains("5 / s · 10 s left", drawn[^1]);
    }

    [Fact]
    public void Report_ManyUpdates_RedrawsSeldomAndAlwaysAtTheEnd()
    {
        var bar = Bar();
        for (var i = 0; i <= 1000; i++)
        {
            bar.Report(new("train", i, 1000));
            clock.Wait(0.001);
        }
        Assert.InRange(drawn.Count, 5, 8);
        Assert.Contains("1000 of 1000 (100 %)", drawn[^1]);
        Assert.Contains("took 1.0 s", drawn[^1]);
    }

    [Fact]
    public void Report_NewStage_StartsAnew()
    {
        var bar = Bar();
        bar.Report(new("load", 0, 2));
        clock.Wait(0.01);
        bar.Report(new("train", 0, 10));
        Assert.Equal("train [....................] 0 of 10 (0 %)", drawn[^1]);
    }

    [Fact]
    public void Report_TotalUnknown_ShowsTheCount()
    {
        Bar().Report(new("read", 7, 0));
        Assert.Contains("7", drawn[^1]);
        Assert.DoesNotContain("%", drawn[^1]);
    }
}
