namespace ThanoSql.Vision.Heads;

/// <summary>
/// Limited-memory BFGS: Nocedal and Wright, "Numerical Optimization" (2nd ed.), algorithms 7.4 and 7.5, with a line search for the strong Wolfe
/// conditions and an optional initial inverse Hessian in place of the scaled identity.
/// </summary>
internal sealed class Lbfgs
{
    private readonly Objective _objective;
    private readonly Action<double[]>? _precondition;
    private readonly int _history;
    private readonly LinkedList<Correction> _corrections = new();

    /// <param name="precondition">Multiplies a vector by a fixed positive definite estimate of the inverse Hessian, in place.</param>
    public Lbfgs(Objective objective, int history, Action<double[]>? precondition = null) =>
        (_objective, _history, _precondition) = (objective, history, precondition);

    /// <summary>The value at x; writes the gradient.</summary>
    public delegate double Objective(double[] x, double[] gradient);

    /// <summary>Improves <paramref name="x"/> in place until no component of the gradient exceeds <paramref name="tolerance"/>.</summary>
    /// <param name="report">Told the iteration (from 1) and the value; may throw to stop.</param>
    public Outcome Minimize(double[] x, double tolerance, int maxIterations, Action<int, double> report)
    {
        var search = new LineSearch(_objective);
        var gradient = new double[x.Length];
        var value = _objective(x, gradient);
        for (var iteration = 1; iteration <= maxIterations; iteration++)
        {
            if (Math.Abs(TensorPrimitives.MaxMagnitude<double>(gradient)) <= tolerance)
                return new(value, iteration - 1, true);
            var direction = Direction(gradient);
            // Before any correction pair and without an estimate of the curvature, the gradient's length says nothing about the step's.
            var first = _corrections.Count == 0 && _precondition is null ? Math.Min(1, 1 / Reduction.Length(gradient)) : 1;
            if (search.Find(x, value, gradient, direction, first) is not { } step)
            {
                if (_corrections.Count == 0)
                    return new(value, iteration, false);
                _corrections.Clear();
                continue;
            }
            Remember(x, step.X, gradient, step.Gradient);
            step.X.CopyTo(x, 0);
            (value, gradient) = (step.Value, step.Gradient);
            report(iteration, value);
        }
        return new(value, maxIterations, Math.Abs(TensorPrimitives.MaxMagnitude<double>(gradient)) <= tolerance);
    }

    private double[] Direction(double[] gradient)
    {
        var q = (double[])gradient.Clone();
        var alphas = new double[_corrections.Count];
        var i = _corrections.Count;
        for (var node = _corrections.Last; node is not null; node = node.Previous)
        {
            var pair = node.Value;
            alphas[--i] = Reduction.Dot(pair.S, q) / pair.Ys;
            TensorPrimitives.MultiplyAdd(pair.Y, -alphas[i], q, q);
        }
        _precondition?.Invoke(q);
        if (_corrections.Last is { } newest)
            TensorPrimitives.Multiply(q, newest.Value.Scale, q);
        foreach (var pair in _corrections)
        {
            var beta = Reduction.Dot(pair.Y, q) / pair.Ys;
            TensorPrimitives.MultiplyAdd(pair.S, alphas[i++] - beta, q, q);
        }
        TensorPrimitives.Negate(q, q);
        return q;
    }

    private void Remember(double[] x, double[] nextX, double[] gradient, double[] nextGradient)
    {
        var s = new double[x.Length];
        var y = new double[x.Length];
        TensorPrimitives.Subtract(nextX, x, s);
        TensorPrimitives.Subtract(nextGradient, gradient, y);
        var ys = Reduction.Dot(y, s);
        if (ys <= 1e-10 * Reduction.Length(y) * Reduction.Length(s))
            return;
        var image = (double[])y.Clone();
        _precondition?.Invoke(image);
        _corrections.AddLast(new Correction(s, y, ys, ys / Reduction.Dot(y, image)));
        if (_corrections.Count > _history)
            _corrections.RemoveFirst();
    }

    /// <summary>How a minimisation ended; not converged also when float noise leaves no step that improves.</summary>
    public readonly record struct Outcome(double Value, int Iterations, bool Converged);

    private sealed record Correction(double[] S, double[] Y, double Ys, double Scale);
}

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
            if (!double.IsFinite(trial.Value) || trial.Value > value + (SufficientDecrease * length * slope) + noise
                || (low.Step is not null && trial.Value > low.Value + noise))
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
