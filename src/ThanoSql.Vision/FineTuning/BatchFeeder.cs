namespace ThanoSql.Vision.FineTuning;

/// <summary>
/// Fills the engine with the photographs of a step. Order and augmentation follow from seed, epoch and photograph alone, so that a run can be resumed
/// at any step.
/// </summary>
internal sealed class BatchFeeder
{
    private readonly LabelledCrops _crops;
    private readonly int[] _labels;
    private readonly FineTuneOptions _options;
    private int _orderedEpoch = -1;
    private int[] _order = [];

    public BatchFeeder(LabelledCrops crops, IReadOnlyList<string> labels, FineTuneOptions options)
    {
        (_crops, _options) = (crops, options);
        var positions = labels.Select((label, k) => (label, k)).ToDictionary(p => p.label, p => p.k, StringComparer.Ordinal);
        _labels = [.. crops.Labels.Select(label => positions[label])];
        StepsPerEpoch = (crops.Count + options.BatchSize - 1) / options.BatchSize;
    }

    public int StepsPerEpoch { get; }

    /// <param name="step">From 0, over all epochs.</param>
    /// <returns>How many photographs the step has.</returns>
    public int Fill(GradientEngine engine, int step)
    {
        var (epoch, within) = Math.DivRem(step, StepsPerEpoch);
        var batch = Order(epoch).AsMemory(within * _options.BatchSize);
        batch = batch[..Math.Min(_options.BatchSize, batch.Length)];
        Parallel.For(0, engine.BatchSize, slot =>
        {
            var target = engine.Target(slot);
            target.Clear();
            if (slot >= batch.Length)
                return;
            var index = batch.Span[slot];
            var random = new Random(HashCode(_options.Seed, epoch, index));
            Augmentation.Random(_crops.Read(index), _crops.Side, engine.Picture(slot), _options.InputSize, _options.SmallestCut, random);
            target.Fill((float)(_options.LabelSmoothing / target.Length / batch.Length));
            target[_labels[index]] += (float)((1 - _options.LabelSmoothing) / batch.Length);
        });
        return batch.Length;
    }

    private int[] Order(int epoch)
    {
        if (epoch == _orderedEpoch)
            return _order;
        _order = [.. Enumerable.Range(0, _crops.Count)];
        new Random(HashCode(_options.Seed, epoch, -1)).Shuffle(_order);
        _orderedEpoch = epoch;
        return _order;
    }

    /// <summary>The same in every process, unlike System.HashCode.</summary>
    private static int HashCode(int seed, int epoch, int index) =>
        unchecked((int)((((((ulong)(uint)seed * 0x9E3779B97F4A7C15) + (uint)epoch) * 0xBF58476D1CE4E5B9) + (uint)index) * 0x94D049BB133111EB >> 33));
}
