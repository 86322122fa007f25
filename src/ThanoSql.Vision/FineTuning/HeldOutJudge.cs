namespace ThanoSql.Vision.FineTuning;

/// <summary>Embeds the centres of crops with a trunk as it would be saved, and judges a classifier on them.</summary>
/// <param name="sessions">Of the run.</param>
/// <param name="options">Of the run.</param>
/// <param name="onCard">On CUDA where it works: in float32 and batches of one size, which warm fast.</param>
internal sealed class HeldOutJudge(InferenceSessionFactory sessions, FineTuneOptions options, bool onCard)
{
    private const int CardBatch = 64;

    private readonly Preprocessing _preprocessing = new(options.InputSize);

    /// <summary>Embeddings [count, D] of the crops' centres.</summary>
    public (Half[] Values, int Dimensions) Embed(SafeTensors trunk, LabelledCrops crops, CancellationToken cancellationToken)
    {
        var opened = new ConvNeXtTrunk(trunk);
        var session = onCard ? sessions.CreateOnCuda(() => opened.ToOnnx(_preprocessing)) : null;
        using var shared = new SharedSession(session ?? sessions.CreateOnCpu(opened.ToOnnx(_preprocessing)));
        var (batch, size) = (session is null ? 1 : CardBatch, opened.EmbeddingSize);
        var values = new Half[crops.Count * size];
        var parallel = new ParallelOptions
        {
            MaxDegreeOfParallelism = session is null ? options.EffectiveThreads : 1, // one thread must own a session on CUDA
            CancellationToken = cancellationToken,
        };
        Parallel.For(0, (crops.Count + batch - 1) / batch, parallel, i =>
        {
            var embeddings = EmbedBatch(shared, crops, i * batch, batch, size);
            var count = Math.Min(embeddings.Length, values.Length - (i * batch * size));
            TensorPrimitives.ConvertToHalf(embeddings.AsSpan(0, count), values.AsSpan(i * batch * size));
        });
        return (values, size);
    }

    /// <summary>[batch, D]; what lies behind the last crop is filled up.</summary>
    private float[] EmbedBatch(SharedSession session, LabelledCrops crops, int first, int batch, int size)
    {
        var inputs = new float[batch * _preprocessing.TensorLength];
        Parallel.For(first, Math.Min(first + batch, crops.Count), i => Augmentation.Centre(
            crops.Read(i), crops.Side, inputs.AsSpan((i - first) * _preprocessing.TensorLength, _preprocessing.TensorLength), options.InputSize));
        var embeddings = new float[batch * size];
        session.Embed(inputs, embeddings, batch);
        return embeddings;
    }

    /// <summary>Accuracy and mean cross-entropy of a head; NaN without photographs.</summary>
    public (double Accuracy, double Loss) Judge(SafeTensors trunk, Head head, LabelledCrops? crops, CancellationToken cancellationToken)
    {
        if (crops is not { Count: > 0 })
            return (double.NaN, double.NaN);
        var probabilities = new float[crops.Count * head.Labels.Count];
        head.ScoreBatch(Embed(trunk, crops, cancellationToken).Values, probabilities, options.EffectiveThreads, cancellationToken);
        var positions = head.Labels.Select((label, k) => (label, k)).ToDictionary(p => p.label, p => p.k, StringComparer.Ordinal);
        var loss = 0.0;
        for (var i = 0; i < crops.Count; i++)
        {
            var label = positions.GetValueOrDefault(crops.Labels[i], -1);
            loss -= Math.Log(label < 0 ? float.Epsilon : Math.Max(probabilities[(i * head.Labels.Count) + label], float.Epsilon));
        }
        return (Evaluation.Of(head, probabilities, crops.Labels).Accuracy, loss / crops.Count);
    }

    /// <summary>The classifier of the training graph as a head for embeddings.</summary>
    public static Head HeadOf(ParameterSet parameters, IReadOnlyList<string> labels)
    {
        var weights = (float[])parameters.Of(SoftmaxLoss.Weight).Clone();
        var scale = MathF.Sqrt((float)weights.Length / labels.Count);
        for (var i = 0; i < weights.Length; i++)
            weights[i] *= scale;
        return new Head(labels, weights, [.. parameters.Of(SoftmaxLoss.Bias)], new float[labels.Count]);
    }

    /// <summary>Starts the training graph's classifier from a head: Kumar et al., "Fine-Tuning can Distort Pretrained Features" (2022).</summary>
    /// <param name="parameters">Changed.</param>
    /// <param name="labels">Of the classifier; those that the head does not know start at zero.</param>
    /// <param name="head">For embeddings of the same trunk.</param>
    public static void StartFrom(ParameterSet parameters, IReadOnlyList<string> labels, Head head)
    {
        var (weights, bias) = (parameters.Of(SoftmaxLoss.Weight), parameters.Of(SoftmaxLoss.Bias));
        var (size, scale) = (head.Dimensions, 1 / MathF.Sqrt(head.Dimensions));
        var rows = head.Labels.Index().ToDictionary(l => l.Item, l => l.Index, StringComparer.Ordinal);
        foreach (var (k, label) in labels.Index())
        {
            if (!rows.TryGetValue(label, out var row))
                continue;
            TensorPrimitives.Multiply(head.Weights.Span.Slice(row * size, size), scale, weights.AsSpan(k * size, size));
            bias[k] = head.Bias.Span[row];
        }
    }
}
