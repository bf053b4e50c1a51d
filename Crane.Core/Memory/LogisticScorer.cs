namespace Crane.Core.Memory;

/// <summary>Learns from training edits how much cosine, margin and shared words say: σ(w · z + b), z the standardised <see
/// cref="Candidate.Features"/>.</summary>
/// <param name="Mean">Of each feature in the training examples.</param>
/// <param name="Scale">Its standard deviation; 1 for a constant feature.</param>
/// <param name="Weights">One a feature.</param>
/// <param name="Bias">The log-odds at the mean.</param>
public sealed record LogisticScorer(double[] Mean, double[] Scale, double[] Weights, double Bias)
{
    private const int Iterations = 100;

    /// <summary>The probability that the candidate is the right one, 0..1. This method is a <see cref="PairScorer"/>.</summary>
    public double Score(Candidate candidate) => Sigmoid(Bias + Standardised(candidate.Features).Zip(Weights, (z, w) => z * w).Sum());

    /// <summary>Fits by Newton's method to all candidates of the examples, the right ones against the others.</summary>
    /// <param name="examples">With at least one right and one wrong candidate.</param>
    /// <param name="penalty">Of ½‖w‖², above 0: keeps the weights finite where the classes can be told apart without error.</param>
    /// <exception cref="ArgumentException">All candidates are right, or all wrong.</exception>
    public static LogisticScorer Fit(IReadOnlyList<GateExample> examples, double penalty = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(penalty);
        var rows = examples.SelectMany(e => e.Candidates.Select(c => (c.Features, Right: c.Entry.Id == e.Right))).ToList();
        var right = rows.Count(r => r.Right);
        if (right == 0 || right == rows.Count)
            throw new ArgumentException($"A scorer needs right and wrong candidates, found {right} right ones of {rows.Count}.", nameof(examples));
        var size = rows[0].Features.Length;
        double[] mean = [.. Enumerable.Range(0, size).Select(i => rows.Average(r => r.Features[i]))];
        double[] scale = [.. Enumerable.Range(0, size).Select(i => Math.Sqrt(rows.Average(r => Math.Pow(r.Features[i] - mean[i], 2))) is > 1e-12 and var s ? s
            : 1)];
        var start = new LogisticScorer(mean, scale, new double[size], 0);
        return start.Newton([.. rows.Select(r => ((double[])[.. start.Standardised(r.Features), 1.0], r.Right ? 1.0 : 0.0))], penalty);
    }

    private LogisticScorer Newton(IReadOnlyList<(double[] X, double Y)> rows, double penalty)
    {
        var w = new double[Weights.Length + 1];   // the last is the bias, which is not penalised
        for (var iteration = 0; iteration < Iterations; iteration++)
        {
            var (gradient, hessian) = (new double[w.Length], new double[w.Length, w.Length]);
            for (var i = 0; i < w.Length; i++) (gradient[i], hessian[i, i]) = i < w.Length - 1 ? (penalty * w[i], penalty) : (0, 1e-9);
            foreach (var (x, y) in rows)
            {
                var p = Sigmoid(x.Zip(w, (a, b) => a * b).Sum());
                for (var i = 0; i < w.Length; i++)
                {
                    gradient[i] += (p - y) * x[i];
                    for (var j = 0; j < w.Length; j++) hessian[i, j] += p * (1 - p) * x[i] * x[j];
                }
            }
            var step = Solve(hessian, gradient);
            var longest = step.Max(Math.Abs);
            for (var i = 0; i < w.Length; i++) w[i] -= step[i] * Math.Min(1, 5 / longest);   // far from the solution a full step overshoots
            if (longest < 1e-10) break;
        }
        return this with { Weights = w[..^1], Bias = w[^1] };
    }

    /// <summary>Gaussian elimination; a positive definite matrix needs no exchange of rows.</summary>
    private static double[] Solve(double[,] a, double[] b)
    {
        var (n, x) = (b.Length, (double[])b.Clone());
        for (var column = 0; column < n; column++)
            for (var row = column + 1; row < n; row++)
            {
                var factor = a[row, column] / a[column, column];
                for (var k = column; k < n; k++) a[row, k] -= factor * a[column, k];
                x[row] -= factor * x[column];
            }
        for (var row = n - 1; row >= 0; row--)
        {
            for (var k = row + 1; k < n; k++) x[row] -= a[row, k] * x[k];
            x[row] /= a[row, row];
        }
        return x;
    }

    private IEnumerable<double> Standardised(double[] features) => features.Select((f, i) => (f - Mean[i]) / Scale[i]);

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
