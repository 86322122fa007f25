namespace ThanoSql.Vision.FineTuning;

/// <summary>Fills the engine with the photographs of a step. Order and augmentation follow from seed, epoch and photograph alone, so that a run can be resumed at any step.</summary>
internal sealed class BatchFeeder
{
    private readonly LabelledCrops crops;
    private readonly int[] labels;
    private readonly FineTuneOptions options;
    private int orderedEpoch = -1;
    private int[] order = [];

    public BatchFeeder(LabelledCrops crops, IReadOnlyList<string> labels, FineTuneOptions options)
    {
        (this.crops, this.options) = (crops, options);
        var positions = labels.Select((label, k) => (label, k)).ToDictionary(p => p.label, p => p.k, StringComparer.Ordinal);
        this.labels = [.. crops.Labels.Select(label => positions[label])];
        StepsPerEpoch = (crops.Count + options.BatchSize - 1) / options.BatchSize;
    }

    public int StepsPerEpoch { get; }

    /// <param name="step">From 0, over all epochs.</param>
    /// <returns>How many photographs the step has.</returns>
    public int Fill(GradientEngine engine, int step)
    {
        var (epoch, within) = Math.DivRem(step, StepsPerEpoch);
        var batch = Order(epoch).AsMemory(within * options.BatchSize);
        batch = batch[..Math.Min(options.BatchSize, batch.Length)];
        Parallel.For(0, engine.BatchSize, slot =>
        {
            var target = engine.Target(slot);
            target.Clear();
            if (slot >= batch.Length)
                return;
            var index = batch.Span[slot];
            var random = new Random(HashCode(options.Seed, epoch, index));
            Augmentation.Random(crops.Read(index), crops.Side, engine.Picture(slot), options.InputSize, options.SmallestCut, random);
            target.Fill((float)(options.LabelSmoothing / target.Length / batch.Length));
            target[labels[index]] += (float)((1 - options.LabelSmoothing) / batch.Length);
        });
        return batch.Length;
    }

    private int[] Order(int epoch)
    {
        if (epoch == orderedEpoch)
            return order;
        order = [.. Enumerable.Range(0, crops.Count)];
        new Random(HashCode(options.Seed, epoch, -1)).Shuffle(order);
        orderedEpoch = epoch;
        return order;
    }

    /// <summary>The same in every process, unlike System.HashCode.</summary>
    private static int HashCode(int seed, int epoch, int index) =>
        unchecked((int)((((((ulong)(uint)seed * 0x9E3779B97F4A7C15) + (uint)epoch) * 0xBF58476D1CE4E5B9) + (uint)index) * 0x94D049BB133111EB >> 33));
}
