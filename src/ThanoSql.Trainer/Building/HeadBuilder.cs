using System.Runtime.InteropServices;

namespace ThanoSql.Trainer.Building;

/// <summary>
/// Fits a head to training data, makes its scores probabilities, chooses its thresholds and judges it on the held-out part. Labels of held-out images
/// choose one number for all labels, and a threshold for each: the accuracy they give is not changed by either.
/// </summary>
internal sealed class HeadBuilder(NpgsqlDataSource database)
{
    // With fewer the folds of the training part, which are four times as many, say more.
    private const int EnoughToCalibrate = 100;

    /// <param name="data">Its embeddings are in the catalog.</param>
    /// <param name="start">A head of the same trunk to start from; null for zero.</param>
    /// <param name="report">Stage, done, total.</param>
    /// <param name="cancellationToken">Stops between two iterations.</param>
    public async Task<TrainedHead> BuildAsync(
        TrainingData data, Head? start, Action<string, long, long> report, CancellationToken cancellationToken)
    {
        var training = await EmbeddingSet.LoadAsync(database, data, [.. data.Training], data.Views, cancellationToken);
        var set = new TrainingSet(training.Values, data.Dimensions, training.Labels) { Groups = training.Groups };
        var options = new HeadTrainingOptions { WarmStart = start, BalanceLabels = data.Balance };
        var progress = new Reporter(p => report(p.Phase == "training" ? "training" : "choosing the regularisation", p.Iteration, p.MaxIterations));
        var fitted = await Task.Run(() => HeadTrainer.Train(set, options, progress, cancellationToken), cancellationToken);

        var heldOut = await EmbeddingSet.LoadAsync(database, data, [.. data.HeldOut], 1, cancellationToken);
        var byFolds = !data.TrunkMayHaveSeenThem && heldOut.Labels.Count < EnoughToCalibrate;
        if (heldOut.Labels.Count == 0)
        {
            var likely = byFolds ? fitted.Temperature : 1;
            return new TrainedHead(fitted.Head.WithTemperature(likely), null, fitted, []) { Temperature = likely };
        }
        var probabilities = Score(fitted.Head, heldOut, cancellationToken);
        var temperature = byFolds ? fitted.Temperature : Temperature.Fit(fitted.Head, probabilities, heldOut.Labels);
        var calibrated = fitted.Head.WithTemperature(temperature);
        var before = LogLoss.Of(fitted.Head, probabilities, heldOut.Labels);
        probabilities = Score(calibrated, heldOut, cancellationToken);
        var head = calibrated.WithThresholds(LabelThresholds.Choose(calibrated, probabilities, heldOut.Labels));
        return new TrainedHead(head, Evaluation.Of(head, probabilities, heldOut.Labels), fitted, Answers(head, probabilities, heldOut))
        {
            Temperature = temperature,
            LogLoss = new(before, LogLoss.Of(calibrated, probabilities, heldOut.Labels)),
        };
    }

    private static float[] Score(Head head, EmbeddingSet set, CancellationToken cancellationToken)
    {
        var probabilities = new float[set.Labels.Count * head.Labels.Count];
        head.ScoreBatch(set.Values, probabilities, 0, cancellationToken);
        return probabilities;
    }

    private static HeldOutAnswer[] Answers(Head head, float[] probabilities, EmbeddingSet heldOut)
    {
        var answers = new HeldOutAnswer[heldOut.Labels.Count];
        for (var i = 0; i < answers.Length; i++)
        {
            var best = head.TopK(probabilities.AsSpan(i * head.Labels.Count, head.Labels.Count), 1)[0];
            answers[i] = new HeldOutAnswer(heldOut.Contents[i], heldOut.Labels[i], best.Label, best.Score);
        }
        return answers;
    }

    // Progress<T> would hand reports to other threads, out of order
    private sealed class Reporter(Action<HeadTrainingProgress> report) : IProgress<HeadTrainingProgress>
    {
        public void Report(HeadTrainingProgress value) => report(value);
    }
}

/// <summary>A head, and how good it is.</summary>
/// <param name="Evaluation">On the held-out part; null when there are too few images to hold any out.</param>
/// <param name="Answers">For each image of the held-out part.</param>
internal sealed record TrainedHead(Head Head, Evaluation? Evaluation, HeadTrainingResult Fit, IReadOnlyList<HeldOutAnswer> Answers)
{
    /// <summary>What the logits were divided by; it is in the head already.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>On the held-out part, without and with the temperature; null as <see cref="Evaluation"/>.</summary>
    public LossChange? LogLoss { get; init; }

    /// <summary>What was chosen, for whom watches the run.</summary>
    public string Choice => string.Create(
        CultureInfo.InvariantCulture,
        $"Chosen: L2 {Fit.L2:0.###}{(Fit.WithinLabelScatter ? " by what differs within labels" : "")} and, so that scores are probabilities, "
        + $"temperature {Temperature:0.00}")
        + (LogLoss is { } loss ? string.Create(CultureInfo.InvariantCulture, $": log loss {loss.Before:0.000} → {loss.After:0.000}.") : ".");

    /// <summary>As the catalog keeps it.</summary>
    /// <param name="rows">Labelled images of the source.</param>
    /// <param name="data">What the head was made of.</param>
    public VersionMetrics Metrics(int rows, TrainingData data) => new(
        rows, data.Training.Count(), Evaluation?.Rows ?? 0,
        Evaluation?.Accuracy, Evaluation?.MacroPrecision, Evaluation?.MacroRecall, Evaluation?.MacroF1,
        [.. (Evaluation?.Labels ?? [])
            .Select(l => new LabelLine(l.Label, l.Precision, l.Recall, l.F1, l.Support, Head.ThresholdOf(l.Label)))],
        Evaluation?.Confusion ?? [], Fit.L2, Fit.Iterations, Fit.Converged)
    {
        LeftOut = data.LeftOut.Count == 0 ? null : data.LeftOut,
        Temperature = Temperature,
        Merged = data.Merged.Count == 0 ? null : data.Merged,
        Unsure = Evaluation is null ? null : Answers.Count(a => a.Score < Head.ThresholdOf(a.Answer)),
    };
}

/// <summary>A <see cref="Vision.Heads.LogLoss"/> before and after something was done to a head.</summary>
internal sealed record LossChange(double Before, double After);

/// <summary>Embeddings of contents in memory, row-major.</summary>
/// <param name="Values">[rows, dimensions].</param>
/// <param name="Labels">[rows].</param>
/// <param name="Contents">[rows].</param>
/// <param name="Groups">[rows]: rows of one content share a number.</param>
internal sealed record EmbeddingSet(Half[] Values, IReadOnlyList<string> Labels, IReadOnlyList<long> Contents, IReadOnlyList<int> Groups)
{
    private const int Batch = 5000;

    /// <summary>Loads the embeddings of contents in the views 0 to <paramref name="views"/> - 1.</summary>
    public static async Task<EmbeddingSet> LoadAsync(
        NpgsqlDataSource database, TrainingData data, IReadOnlyList<LabelledContent> contents, int views, CancellationToken cancellationToken)
    {
        var values = new Half[(long)contents.Count * views * data.Dimensions];
        var (labels, rows, groups) = (new List<string>(), new List<long>(), new List<int>());
        var ordered = contents.OrderBy(c => c.Content).ToList();
        var group = ordered.Select((c, i) => (c.Content, i)).ToDictionary();
        foreach (var batch in ordered.Chunk(Batch))
        {
            var label = batch.ToDictionary(c => c.Content, c => c.Label);
            var stored = await TrainingEmbeddings.LoadAsync(database, data.TrunkId, views, [.. label.Keys], cancellationToken);
            foreach (var embedding in stored)
            {
                MemoryMarshal.Cast<byte, Half>(embedding.Vector).CopyTo(values.AsSpan(labels.Count * data.Dimensions, data.Dimensions));
                labels.Add(label[embedding.ContentId]);
                rows.Add(embedding.ContentId);
                groups.Add(group[embedding.ContentId]);
            }
        }
        return new EmbeddingSet(values[..(labels.Count * data.Dimensions)], labels, rows, groups);
    }
}
