using System.Numerics.Tensors;

namespace ThanoSql.Vision.Heads;

/// <summary>
/// A step length that satisfies the strong Wolfe conditions: Nocedal and Wright, algorithms 3.5 and 3.6, with safeguarded quadratic and cubic
/// interpolation.
/// </summary>
internal sealed class LineSearch(Lbfgs.Objective objective)
{
    private const double SufficientDecrease = 1e-4;
    private const double Curvature = 0.9;
    private const int MaxEvaluations = 20;

    /// <summary>Null when no step along the direction improves by more than rounding.</summary>
    public Step? Find(double[] x, double value, double[] gradient, double[] direction, double first)
    {
        var slope = Reduction.Dot(gradient, direction);
        if (!(slope < 0))
            return null;
        var low = new Point(0, value, slope, null);
        Point? high = null;
        var length = first;
        // Values carry the noise of single precision: a decrease below it cannot be asked for.
        var noise = 1e-9 * Math.Abs(value);
        for (var i = 0; i < MaxEvaluations; i++)
        {
            var trial = Evaluate(x, direction, length);
            if (
                !double.IsFinite(trial.Value) || trial.Value > value + (SufficientDecrease * length * slope) + noise || (
                    low.Step is not null && trial.Value > low.Value + noise))
            {
                high = trial;
            }
            else if (Math.Abs(trial.Slope) <= -Curvature * slope)
            {
                return trial.Step;
            }
            else if (trial.Slope * ((high?.Length ?? double.PositiveInfinity) - low.Length) >= 0)
            {
                (high, low) = (low, trial);
            }
            else
            {
                low = trial;
            }

            length = high is { } end ? Between(low, end) : length * 2.5;
            if (high is not null && Math.Abs(high.Length - low.Length) < 1e-12 * first)
                break;
        }
        return low.Step;
    }

    private Point Evaluate(double[] x, double[] direction, double length)
    {
        var next = new double[x.Length];
        var gradient = new double[x.Length];
        TensorPrimitives.MultiplyAdd(direction, length, x, next);
        var value = objective(next, gradient);
        return new(length, value, Reduction.Dot(gradient, direction), new Step(next, value, gradient));
    }

    /// <summary>The cubic's minimiser (equation 3.59), kept a tenth away from both ends; the middle when there is none.</summary>
    private static double Between(Point a, Point b)
    {
        var middle = (a.Length + b.Length) / 2;
        if (!double.IsFinite(b.Value) || !double.IsFinite(b.Slope))
            return middle;
        var d1 = a.Slope + b.Slope - (3 * (a.Value - b.Value) / (a.Length - b.Length));
        var d2 = Math.Sign(b.Length - a.Length) * Math.Sqrt((d1 * d1) - (a.Slope * b.Slope));
        var length = b.Length - ((b.Length - a.Length) * (b.Slope + d2 - d1) / (b.Slope - a.Slope + (2 * d2)));
        var margin = 0.1 * Math.Abs(b.Length - a.Length);
        return double.IsFinite(length)
            ? Math.Clamp(length, Math.Min(a.Length, b.Length) + margin, Math.Max(a.Length, b.Length) - margin)
            : middle;
    }

    /// <summary>An accepted point.</summary>
    public sealed record Step(double[] X, double Value, double[] Gradient);

    private sealed record Point(double Length, double Value, double Slope, Step? Step);
}
