namespace Crane.Core.Training;

/// <summary>Learning-rate schedules: pure functions of the step.</summary>
public static class LearningRate
{
    /// <summary>Rises linearly from 1/warmup of the peak to the peak.</summary>
    public static double WarmUp(double peak, int step, int warmupSteps) => peak * Math.Min(1, (step + 1.0) / Math.Max(1, warmupSteps));

    /// <summary>Falls from the peak to a floor along half a cosine.</summary>
    /// <param name="peak">Value at step 0.</param>
    /// <param name="floor">Share of the peak that is left at the end.</param>
    /// <param name="step">From 0.</param>
    /// <param name="steps">Length of the fall.</param>
    public static double Cosine(double peak, double floor, int step, int steps) =>
        peak * (floor + (1 - floor) * 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1.0, (double)step / Math.Max(1, steps)))));
}
