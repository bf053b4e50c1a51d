namespace Crane.Core.Training;

/// <summary>Settings of the schedules that have any, under Hugging Face's names and with its defaults (<c>lr_scheduler_kwargs</c>).</summary>
public sealed record ScheduleConfig
{
    /// <summary>Waves of a cosine. null: half a wave, or one restart for <c>cosine_with_restarts</c>.</summary>
    public double? NumCycles { get; init; }

    /// <summary>Share of the peak that is left at the end: <c>cosine_with_min_lr</c> (min_lr_rate), <c>warmup_stable_decay</c> (min_lr_ratio).</summary>
    public double MinLrRate { get; init; }

    /// <summary>Rate at the end of <c>polynomial</c>.</summary>
    public double LrEnd { get; init; } = 1e-7;

    /// <summary>Exponent of <c>polynomial</c>.</summary>
    public double Power { get; init; } = 1;

    /// <summary>Steps for which <c>inverse_sqrt</c> stays near the peak; null: the warm-up's, or 10,000 without one.</summary>
    public int? Timescale { get; init; }

    /// <summary>Steps of the fall of <c>warmup_stable_decay</c>.</summary>
    public int NumDecaySteps { get; init; }
}

/// <summary>Learning-rate schedules by Hugging Face's names (lr_scheduler_type): functions from the step, counted from 0, to the rate. Formulas:
/// transformers 5 <c>optimization.py</c>.</summary>
public static class LearningRateSchedule
{
    /// <summary>Where a run is.</summary>
    private sealed record Run(double Peak, int WarmupSteps, int TotalSteps, ScheduleConfig Config)
    {
        public int FallSteps => Math.Max(1, TotalSteps - WarmupSteps);

        public double Progress(int step) => (double)(step - WarmupSteps) / FallSteps;

        public static double Wave(double progress, double cycles) => 0.5 * (1 + Math.Cos(Math.PI * cycles * 2 * progress));
    }

    /// <summary>Share of the peak after the warm-up.</summary>
    private static readonly IReadOnlyDictionary<string, Func<int, Run, double>> AfterWarmUp = new Dictionary<string, Func<int, Run, double>>
    {
        ["constant"] = (_, _) => 1,
        ["constant_with_warmup"] = (_, _) => 1,
        ["linear"] = (step, run) => Math.Max(0, (double)(run.TotalSteps - step) / run.FallSteps),
        ["cosine"] = (step, run) => Math.Max(0, Run.Wave(run.Progress(step), run.Config.NumCycles ?? 0.5)),
        ["cosine_with_restarts"] = (step, run) => run.Progress(step) >= 1 ? 0 : Run.Wave((run.Config.NumCycles ?? 1) * run.Progress(step) % 1, 0.5),
        ["cosine_with_min_lr"] = (step, run) =>
            Math.Max(0, run.Config.MinLrRate + (1 - run.Config.MinLrRate) * Run.Wave(run.Progress(step), run.Config.NumCycles ?? 0.5)),
        ["polynomial"] = Polynomial,
        ["inverse_sqrt"] = InverseSqrt,
        ["warmup_stable_decay"] = StableDecay,
    };

    /// <summary>The names.</summary>
    public static IEnumerable<string> Types => AfterWarmUp.Keys;

    /// <summary>A schedule.</summary>
    /// <param name="type">One of <see cref="Types"/>.</param>
    /// <param name="peak">The highest rate.</param>
    /// <param name="warmupSteps">Steps of the rise from 0; the first has rate 0 (<c>constant</c> has no rise).</param>
    /// <param name="totalSteps">Steps of the run.</param>
    /// <param name="config">null: the defaults.</param>
    /// <exception cref="ArgumentException">There is no schedule of this name.</exception>
    public static Func<int, double> Create(string type, double peak, int warmupSteps, int totalSteps, ScheduleConfig? config = null)
    {
        if (!AfterWarmUp.TryGetValue(type, out var share))
            throw new ArgumentException($"lr_scheduler_type is '{type}', expected one of {string.Join(", ", Types)}.", nameof(type));
        var run = new Run(peak, warmupSteps, totalSteps, config ?? new());
        var rises = type != "constant";
        var floor = type == "warmup_stable_decay" ? run.Config.MinLrRate : 0;   // where the rise begins
        return step => peak * (rises && step < warmupSteps ? floor + (1 - floor) * step / Math.Max(1, warmupSteps) : share(step, run));
    }

    private static double Polynomial(int step, Run run)
    {
        var end = run.Config.LrEnd / run.Peak;
        return step > run.TotalSteps ? end : (1 - end) * Math.Pow(1 - run.Progress(step), run.Config.Power) + end;
    }

    private static double InverseSqrt(int step, Run run)
    {
        double timescale = run.Config.Timescale ?? (run.WarmupSteps > 0 ? run.WarmupSteps : 10_000);
        return 1 / Math.Sqrt((step + timescale - run.WarmupSteps) / timescale);
    }

    private static double StableDecay(int step, Run run)
    {
        var (fall, floor) = (run.Config.NumDecaySteps, run.Config.MinLrRate);
        var into = step - (run.TotalSteps - fall);
        return into < 0 ? 1 : into >= fall ? floor : floor + (1 - floor) * Run.Wave((double)into / Math.Max(1, fall), run.Config.NumCycles ?? 0.5);
    }
}
