using System.Buffers;
using System.Numerics.Tensors;

namespace ThanoSql.Vision.Heads;

/// <summary>
/// Mean weighted cross-entropy of softmax(W x + b) plus L2/2 |W|², divided by the total weight, and its gradient. The parameters are W [K, D] then
/// b [K] for centred and scaled features; the features stay as they are, the change of variables is made on the parameters. Rows go in a
/// fixed number of shards that are added in order, so that the answer does not depend on the number of threads.
/// </summary>
internal sealed class LogisticObjective
{
    private const int BlockRows = 96;
    private const int Shards = 16;

    private readonly FeatureMatrix features;
    private readonly int[] rows;
    private readonly int[] labels;
    private readonly float[] rowWeights;
    private readonly double totalWeight;
    private readonly int labelCount;
    private readonly ParallelOptions parallel;
    private readonly LinearLayer layer;
    private readonly float[] weights;
    private readonly float[] bias;
    private readonly ShardSum[] shards;

    /// <param name="rows">Which rows of the features take part.</param>
    /// <param name="labels">The label of each row of the features.</param>
    /// <param name="labelWeights">[K]: what a row of that label weighs.</param>
    public LogisticObjective(FeatureMatrix features, int[] rows, int[] labels, float[] labelWeights, int threads, CancellationToken cancellationToken)
    {
        (this.features, this.rows, this.labels) = (features, rows, labels);
        labelCount = labelWeights.Length;
        rowWeights = Array.ConvertAll(rows, r => labelWeights[labels[r]]);
        totalWeight = rowWeights.Sum(w => (double)w);
        parallel = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken };
        weights = new float[labelCount * features.Dimensions];
        bias = new float[labelCount];
        layer = new LinearLayer(weights, bias, features.Dimensions);
        shards = Enumerable.Range(0, Math.Min(Shards, (rows.Length + BlockRows - 1) / BlockRows)).Select(_ => new ShardSum(labelCount, features.Step)).ToArray();
    }

    /// <summary>Of the sum of the losses; see <see cref="HeadTrainingOptions.L2"/>.</summary>
    public double L2 { get; set; } = 1;

    public int ParameterCount => labelCount * (features.Dimensions + 1);

    public double TotalWeight => totalWeight;

    public double Evaluate(double[] parameters, double[] gradient)
    {
        FoldScale(parameters, weights, bias);
        layer.Load(weights, bias);
        Parallel.For(0, shards.Length, parallel, RunShard);
        var loss = shards.Sum(s => s.Loss);
        Gather(gradient);
        var penalized = labelCount * features.Dimensions;
        TensorPrimitives.MultiplyAdd(parameters.AsSpan(0, penalized), L2 / totalWeight, gradient.AsSpan(0, penalized), gradient);
        var square = Reduction.SumOfSquares(parameters.AsSpan(0, penalized));
        return (loss / totalWeight) + (L2 / 2 * square / totalWeight);
    }

    /// <summary>The weights and bias that give, on the features as they are, what the parameters give on centred and scaled ones.</summary>
    public void FoldScale(ReadOnlySpan<double> parameters, float[] weights, float[] bias)
    {
        var dimensions = features.Dimensions;
        for (var k = 0; k < labelCount; k++)
        {
            var shift = parameters[(labelCount * dimensions) + k];
            for (var d = 0; d < dimensions; d++)
            {
                var weight = parameters[(k * dimensions) + d] / features.Scale[d];
                weights[(k * dimensions) + d] = (float)weight;
                shift -= weight * features.Mean[d];
            }
            bias[k] = (float)shift;
        }
    }

    private void RunShard(int s)
    {
        var shard = shards[s];
        shard.Clear();
        var features = ArrayPool<float>.Shared.Rent(BlockRows * this.features.Step);
        var logits = ArrayPool<float>.Shared.Rent(BlockRows * layer.Width);
        Array.Clear(features);
        int first = (int)((long)rows.Length * s / shards.Length), end = (int)((long)rows.Length * (s + 1) / shards.Length);
        for (; first < end; first += BlockRows)
        {
            parallel.CancellationToken.ThrowIfCancellationRequested();
            RunBlock(shard, first, Math.Min(BlockRows, end - first), features, logits);
        }
        ArrayPool<float>.Shared.Return(logits);
        ArrayPool<float>.Shared.Return(features);
    }

    private void RunBlock(ShardSum shard, int first, int count, float[] block, float[] logits)
    {
        for (var r = 0; r < count; r++)
            features.Read(rows[first + r], block.AsSpan(r * features.Step));
        layer.Logits(block, features.Step, count, logits);
        for (var r = 0; r < count; r++)
        {
            var row = logits.AsSpan(r * layer.Width, labelCount);
            var (label, weight) = (labels[rows[first + r]], rowWeights[first + r]);
            var own = row[label];
            shard.Loss += weight * ((double)LinearLayer.Softmax(row) - own);
            row[label] -= 1;
            TensorPrimitives.Multiply(row, weight, row);
            TensorPrimitives.Add(shard.Bias, row, shard.Bias);
        }
        for (var n = 0; n < features.Step; n += MatrixKernel.Panel)
            MatrixKernel.MultiplyAdd(logits, new(layer.Width, 1), block.AsSpan(n), features.Step, shard.Weights.AsSpan(n), features.Step, labelCount, count);
    }

    private void Gather(double[] gradient)
    {
        var dimensions = features.Dimensions;
        Parallel.For(0, labelCount, parallel, k =>
        {
            var sum = gradient.AsSpan(k * dimensions, dimensions);
            sum.Clear();
            double bias = 0;
            foreach (var shard in shards)
            {
                for (var d = 0; d < dimensions; d++)
                    sum[d] += shard.Weights[(k * features.Step) + d];
                bias += shard.Bias[k];
            }
            for (var d = 0; d < dimensions; d++)
                sum[d] = (sum[d] - (features.Mean[d] * bias)) / features.Scale[d] / totalWeight;
            gradient[(labelCount * dimensions) + k] = bias / totalWeight;
        });
    }

    private sealed class ShardSum(int labelCount, int step)
    {
        public float[] Weights { get; } = new float[labelCount * step];

        public float[] Bias { get; } = new float[labelCount];

        public double Loss { get; set; }

        public void Clear()
        {
            Array.Clear(Weights);
            Array.Clear(Bias);
            Loss = 0;
        }
    }
}
