namespace ThanoSql.Vision.FineTuning;

/// <summary>Embeds whole crops with a trunk as it would be saved, and judges a classifier on them.</summary>
internal sealed class HeldOutJudge(InferenceSessionFactory sessions, FineTuneOptions options)
{
    /// <summary>Embeddings [count, D] of whole crops.</summary>
    public (Half[] Values, int Dimensions) Embed(SafeTensors trunk, LabelledCrops crops, CancellationToken cancellationToken)
    {
        using var embedder = new Embedder(new ConvNeXtTrunk(trunk), new Preprocessing(options.InputSize), sessions, new VisionOptions());
        var values = new Half[crops.Count * embedder.Size];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.EffectiveThreads, CancellationToken = cancellationToken };
        Parallel.For(0, crops.Count, parallel, i =>
        {
            var input = new float[3 * options.InputSize * options.InputSize];
            Augmentation.Whole(crops.Read(i), crops.Side, input, options.InputSize);
            embedder.Embed(input).CopyTo(values, i * embedder.Size);
        });
        return (values, embedder.Size);
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
    public static void StartFrom(ParameterSet parameters, Head head)
    {
        var weights = parameters.Of(SoftmaxLoss.Weight);
        var scale = 1 / MathF.Sqrt(head.Dimensions);
        for (var i = 0; i < weights.Length; i++)
            weights[i] = head.Weights.Span[i] * scale;
        head.Bias.Span.CopyTo(parameters.Of(SoftmaxLoss.Bias));
    }
}
