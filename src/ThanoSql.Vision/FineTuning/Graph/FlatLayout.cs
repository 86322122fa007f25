namespace ThanoSql.Vision.FineTuning.Graph;

/// <summary>All parameters as one vector; those of equal rate and decay follow one another.</summary>
internal sealed class FlatLayout
{
    private readonly int[] _order;
    private readonly IReadOnlyList<GraphParameter> _parameters;

    public FlatLayout(IReadOnlyList<GraphParameter> parameters)
    {
        _parameters = parameters;
        _order = [.. Enumerable.Range(0, parameters.Count).OrderBy(i => parameters[i].IsClassifier).ThenBy(i => parameters[i].Decays)
            .ThenBy(i => parameters[i].Depth)];
        Groups = [.. Order.GroupBy(p => (p.IsClassifier, p.Decays, p.Depth)).Select(g => new FlatGroup(
            g.Key.IsClassifier, g.Key.Decays, g.Key.Depth, g.Sum(p => (long)p.Length)))];
    }

    /// <summary>As they stand in the vector.</summary>
    public IReadOnlyList<GraphParameter> Order => [.. _order.Select(i => _parameters[i])];

    /// <summary>As they stand in the vector.</summary>
    public IReadOnlyList<FlatGroup> Groups { get; }

    /// <summary>Values of the vector.</summary>
    public long Length => Groups.Sum(g => g.Length);

    public void Gather(ParameterSet set, Span<float> vector)
    {
        foreach (var i in _order)
        {
            set.Values[i].CopyTo(vector);
            vector = vector[set.Values[i].Length..];
        }
    }

    public void Scatter(ReadOnlySpan<float> vector, ParameterSet set)
    {
        foreach (var i in _order)
        {
            vector[..set.Values[i].Length].CopyTo(set.Values[i]);
            vector = vector[set.Values[i].Length..];
        }
    }
}

/// <param name="IsClassifier">It learns at the classifier's rate.</param>
/// <param name="Decays">Its weights decay.</param>
/// <param name="Depth">Blocks before it.</param>
/// <param name="Length">Values.</param>
internal sealed record FlatGroup(bool IsClassifier, bool Decays, int Depth, long Length);
