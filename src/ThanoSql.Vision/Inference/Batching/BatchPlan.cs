namespace ThanoSql.Vision.Inference.Batching;

/// <summary>
/// Which runs embed a number of pictures soonest: one that is filled up, or several smaller ones. A run of 1 takes a large part of a run of 8, and a
/// run of 128 about as long as three of 32; what it is here was measured when they were warmed.
/// </summary>
internal sealed class BatchPlan
{
    private readonly int[] _first;

    /// <param name="runs">Sizes, rising, and what each costs.</param>
    public BatchPlan(IReadOnlyList<(int Size, double Cost)> runs)
    {
        _first = new int[runs[^1].Size + 1];
        var least = new double[_first.Length];
        // A larger run takes no less time, whatever was measured
        var costs = runs.Select((_, i) => runs.Take(i + 1).Max(r => r.Cost)).ToArray();
        for (var count = 1; count < _first.Length; count++)
        {
            least[count] = double.PositiveInfinity;
            // Of equals the largest; a size beyond one that is enough is no use
            var enough = runs.TakeWhile(r => r.Size < count).Count();
            for (var i = enough; i >= 0; i--)
            {
                var whole = costs[i] + least[Math.Max(0, count - runs[i].Size)];
                if (whole < least[count])
                    (least[count], _first[count]) = (whole, runs[i].Size);
            }
        }
    }

    /// <summary>The size of the next run.</summary>
    /// <param name="count">Pictures that wait: 1 to the largest size.</param>
    public int Next(int count) => _first[count];
}
