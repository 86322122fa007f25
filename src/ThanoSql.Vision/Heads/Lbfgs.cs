using System.Numerics.Tensors;

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
