using System.Buffers;

namespace ThanoSql.Vision.Heads;

/// <summary>
/// Mean weighted cross-entropy of softmax(W x + b) plus L2/2 tr(W M W'), divided by the total weight, and its gradient. The parameters are W [K, D]
/// then b [K] for centred and scaled features; the features stay as they are, the change of variables is made on the parameters. Rows go in a
/// fixed number of shards that are added in order, so that the answer does not depend on the number of threads.
/// </summary>
internal sealed class LogisticObjective
{
    private const int BlockRows = 96;
    private const int Shards = 16;
    private const int ForOneThread = 4_000_000; // products: a fraction of a millisecond, less than other threads take to wake

    private readonly FeatureMatrix _features;
    private readonly int[] _rows;
    private readonly int[] _labels;
    private readonly float[] _rowWeights;
    private readonly double _totalWeight;
    private readonly int _labelCount;
    private readonly ParallelOptions _parallel;
    private readonly double[]? _metric;
    private readonly double[] _penalty;
    private readonly LinearLayer _layer;
    private readonly float[] _weights;
    private readonly float[] _bias;
    private readonly ShardSum[] _shards;

    /// <param name="rows">Which rows of the features take part.</param>
    /// <param name="labels">The label of each row of the features.</param>
    /// <param name="labelWeights">[K]: what a row of that label weighs.</param>
    /// <param name="metric">M [D, D], symmetric; null for the identity.</param>
    public LogisticObjective(
        FeatureMatrix features, int[] rows, int[] labels, float[] labelWeights, double[]? metric, int threads, CancellationToken cancellationToken)
    {
        (_features, _rows, _labels, _metric) = (features, rows, labels, metric);
        _labelCount = labelWeights.Length;
        _rowWeights = Array.ConvertAll(rows, r => labelWeights[labels[r]]);
        _totalWeight = _rowWeights.Sum(w => (double)w);
        if ((long)rows.Length * _labelCount * features.Dimensions < ForOneThread)
            threads = 1;
        _parallel = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken };
        _weights = new float[_labelCount * features.Dimensions];
        _bias = new float[_labelCount];
        _penalty = new double[_weights.Length];
        _layer = new LinearLayer(_weights, _bias, features.Dimensions);
        _shards = Enumerable.Range(0, Math.Min(Shards, (rows.Length + BlockRows - 1) / BlockRows))
            .Select(_ => new ShardSum(_labelCount, features.Step)).ToArray();
    }

    /// <summary>Of the sum of the losses; see <see cref="HeadTrainingOptions.L2"/>.</summary>
    public double L2 { get; set; } = 1;

    public double TotalWeight => _totalWeight;

    public double Evaluate(double[] parameters, double[] gradient)
    {
        FoldScale(parameters, _weights, _bias);
        _layer.Load(_weights, _bias);
        Parallel.For(0, _shards.Length, _parallel, RunShard);
        var loss = _shards.Sum(s => s.Loss);
        Gather(gradient);
        var weights = parameters.AsSpan(0, _penalty.Length);
        Weigh(parameters);
        TensorPrimitives.MultiplyAdd(_penalty, L2 / _totalWeight, gradient.AsSpan(0, _penalty.Length), gradient);
        return (loss / _totalWeight) + (L2 / 2 * Reduction.Dot(weights, _penalty) / _totalWeight);
    }

    /// <summary>The weights and bias that give, on the features as they are, what the parameters give on centred and scaled ones.</summary>
    public void FoldScale(ReadOnlySpan<double> parameters, float[] weights, float[] bias)
    {
        var dimensions = _features.Dimensions;
        for (var k = 0; k < _labelCount; k++)
        {
            var shift = parameters[(_labelCount * dimensions) + k];
            for (var d = 0; d < dimensions; d++)
            {
                var weight = parameters[(k * dimensions) + d] / _features.Scale[d];
                weights[(k * dimensions) + d] = (float)weight;
                shift -= weight * _features.Mean[d];
            }
            bias[k] = (float)shift;
        }
    }

    /// <summary>W M: the penalty's gradient, but for the strength.</summary>
    private void Weigh(double[] parameters)
    {
        if (_metric is not { } metric)
        {
            parameters.AsSpan(0, _penalty.Length).CopyTo(_penalty);
            return;
        }
        var dimensions = _features.Dimensions;
        Parallel.For(0, _labelCount, _parallel, k =>
        {
            var weights = parameters.AsSpan(k * dimensions, dimensions);
            for (var d = 0; d < dimensions; d++)
                _penalty[(k * dimensions) + d] = Reduction.Dot(metric.AsSpan(d * dimensions, dimensions), weights);
        });
    }

    private void RunShard(int s)
    {
        var shard = _shards[s];
        shard.Clear();
        var features = ArrayPool<float>.Shared.Rent(BlockRows * _features.Step);
        var logits = ArrayPool<float>.Shared.Rent(BlockRows * _layer.Width);
        Array.Clear(features);
        int first = (int)((long)_rows.Length * s / _shards.Length), end = (int)((long)_rows.Length * (s + 1) / _shards.Length);
        for (; first < end; first += BlockRows)
        {
            _parallel.CancellationToken.ThrowIfCancellationRequested();
            RunBlock(shard, first, Math.Min(BlockRows, end - first), features, logits);
        }
        ArrayPool<float>.Shared.Return(logits);
        ArrayPool<float>.Shared.Return(features);
    }

    private void RunBlock(ShardSum shard, int first, int count, float[] block, float[] logits)
    {
        for (var r = 0; r < count; r++)
            _features.Read(_rows[first + r], block.AsSpan(r * _features.Step));
        _layer.Logits(block, _features.Step, count, logits);
        for (var r = 0; r < count; r++)
        {
            var row = logits.AsSpan(r * _layer.Width, _labelCount);
            var (label, weight) = (_labels[_rows[first + r]], _rowWeights[first + r]);
            var own = row[label];
            shard.Loss += weight * ((double)LinearLayer.Softmax(row) - own);
            row[label] -= 1;
            TensorPrimitives.Multiply(row, weight, row);
            TensorPrimitives.Add(shard.Bias, row, shard.Bias);
        }
        for (var n = 0; n < _features.Step; n += MatrixKernel.Panel)
        {
            MatrixKernel.MultiplyAdd(
                logits, block.AsSpan(n), shard.Weights.AsSpan(n), new(_layer.Width, 1, _features.Step, _features.Step), _labelCount, count);
        }
    }

    private void Gather(double[] gradient)
    {
        var dimensions = _features.Dimensions;
        Parallel.For(0, _labelCount, _parallel, k =>
        {
            var sum = gradient.AsSpan(k * dimensions, dimensions);
            sum.Clear();
            double bias = 0;
            foreach (var shard in _shards)
            {
                for (var d = 0; d < dimensions; d++)
                    sum[d] += shard.Weights[(k * _features.Step) + d];
                bias += shard.Bias[k];
            }
            for (var d = 0; d < dimensions; d++)
                sum[d] = (sum[d] - (_features.Mean[d] * bias)) / _features.Scale[d] / _totalWeight;
            gradient[(_labelCount * dimensions) + k] = bias / _totalWeight;
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
