using System.Numerics;

namespace ThanoSql.Vision.FineTuning;

/// <summary>
/// Adam with decoupled weight decay: Loshchilov and Hutter, "Decoupled Weight Decay Regularization" (2019). Vectors and biases do not decay.
/// </summary>
/// <param name="first">Mean of the gradient; changed.</param>
/// <param name="second">Mean of its square; changed.</param>
/// <param name="factors">For the rate of each parameter (<see cref="LayerRates"/>).</param>
internal sealed class AdamW(ParameterSet first, ParameterSet second, IReadOnlyList<float> factors)
{
    public const double Beta1 = 0.9;
    public const double Beta2 = 0.999;
    public const float Epsilon = 1e-8f;

    /// <summary>Shortens the gradient to <paramref name="longest"/>; returns its length before.</summary>
    public static double Clip(ParameterSet gradient, double longest)
    {
        var length = Math.Sqrt(gradient.Values.Sum(g => Reduction.SumOfSquares(g)));
        if (length > longest)
        {
            foreach (var values in gradient.Values)
                TensorPrimitives.Multiply(values, (float)(longest / length), values);
        }
        return length;
    }

    /// <param name="parameters">Changed.</param>
    /// <param name="gradient">Of the loss.</param>
    /// <param name="rates">Of this step.</param>
    public void Update(ParameterSet parameters, ParameterSet gradient, StepRates rates) =>
        Parallel.For(0, parameters.Values.Length, i =>
        {
            var (isClassifier, decays) = (parameters.Parameters[i].IsClassifier, parameters.Parameters[i].Decays);
            var (rate, decay) = isClassifier ? (rates.Classifier, rates.ClassifierDecay) : (rates.Trunk, rates.TrunkDecay);
            var settings = new Settings(factors[i] * rate, rates.RootCorrection, decays ? 1 - (factors[i] * decay) : 1);
            Update(parameters.Values[i], gradient.Values[i], first.Values[i], second.Values[i], settings);
        });

    private static void Update(Span<float> x, ReadOnlySpan<float> g, Span<float> m, Span<float> v, Settings s)
    {
        var at = 0;
        for (; at <= x.Length - Vector<float>.Count; at += Vector<float>.Count)
        {
            var gradient = new Vector<float>(g[at..]);
            var mean = (new Vector<float>(m[at..]) * (float)Beta1) + (gradient * (float)(1 - Beta1));
            var square = (new Vector<float>(v[at..]) * (float)Beta2) + (gradient * gradient * (float)(1 - Beta2));
            var scale = (Vector.SquareRoot(square) * s.RootCorrection) + new Vector<float>(Epsilon);
            mean.CopyTo(m[at..]);
            square.CopyTo(v[at..]);
            ((new Vector<float>(x[at..]) * s.Keep) - (mean * s.Rate / scale)).CopyTo(x[at..]);
        }
        for (; at < x.Length; at++)
        {
            m[at] = (m[at] * (float)Beta1) + (g[at] * (float)(1 - Beta1));
            v[at] = (v[at] * (float)Beta2) + (g[at] * g[at] * (float)(1 - Beta2));
            x[at] = (x[at] * s.Keep) - (m[at] * s.Rate / ((MathF.Sqrt(v[at]) * s.RootCorrection) + Epsilon));
        }
    }

    private readonly record struct Settings(float Rate, float RootCorrection, float Keep);
}

/// <summary>
/// A learning rate's factor: linear warm-up to 1, then half a cosine to a hundredth. Loshchilov and Hutter, "SGDR" (2017), without restarts.
/// </summary>
internal sealed class CosineSchedule(int steps, double warmUp)
{
    private const double Floor = 0.01;

    private readonly double _rising = Math.Max(1, steps * warmUp);

    /// <param name="step">From 1 to the number of steps.</param>
    public double Factor(int step) => step < _rising
        ? step / _rising
        : Floor + ((1 - Floor) * 0.5 * (1 + Math.Cos(Math.PI * (step - _rising) / Math.Max(1, steps - _rising))));
}
