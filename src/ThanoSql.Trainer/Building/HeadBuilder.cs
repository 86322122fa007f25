using System.Runtime.InteropServices;

namespace ThanoSql.Trainer.Building;

/// <summary>Fits a head to training data, chooses its thresholds and judges it on the held-out part.</summary>
internal sealed class HeadBuilder(NpgsqlDataSource database)
{
    /// <param name="data">Its embeddings are in the catalog.</param>
    /// <param name="start">A head of the same trunk to start from; null for zero.</param>
    /// <param name="report">Stage, done, total.</param>
    /// <param name="cancellationToken">Stops between two iterations.</param>
    public async Task<TrainedHead> BuildAsync(
        TrainingData data, Head? start, Action<string, long, long> report, CancellationToken cancellationToken)
    {
        var training = await EmbeddingSet.LoadAsync(database, data, [.. data.Training], data.Views, cancellationToken);
        var set = new TrainingSet(training.Values, data.Dimensions, training.Labels) { Groups = training.Groups };
        var options = new HeadTrainingOptions { WarmStart = start };
        var progress = new Reporter(p => report(p.Phase == "training" ? "training" : "choosing the regularisation", p.Iteration, p.MaxIterations));
        var fitted = await Task.Run(() => HeadTrainer.Train(set, options, progress, cancellationToken), cancellationToken);

        var heldOut = await EmbeddingSet.LoadAsync(database, data, [.. data.HeldOut], 1, cancellationToken);
        if (heldOut.Labels.Count == 0)
            return new TrainedHead(fitted.Head, null, fitted);
        var probabilities = new float[heldOut.Labels.Count * fitted.Head.Labels.Count];
        fitted.Head.ScoreBatch(heldOut.Values, probabilities, 0, cancellationToken);
        var head = fitted.Head.WithThresholds(LabelThresholds.Choose(fitted.Head, probabilities, heldOut.Labels));
        return new TrainedHead(head, Evaluation.Of(head, probabilities, heldOut.Labels), fitted);
    }

    // Progress<T> would hand reports to other threads, out of order
    private sealed class Reporter(Action<HeadTrainingProgress> report) : IProgress<HeadTrainingProgress>
    {
        public void Report(HeadTrainingProgress value) => report(value);
    }
}

/// <summary>A head, and how good it is.</summary>
/// <param name="Evaluation">On the held-out part; null when there are too few images to hold any out.</param>
internal sealed record TrainedHead(Head Head, Evaluation? Evaluation, HeadTrainingResult Fit);

/// <summary>Embeddings of contents in memory, row-major.</summary>
/// <param name="Values">[rows, dimensions].</param>
/// <param name="Labels">[rows].</param>
/// <param name="Groups">[rows]: rows of one content share a number.</param>
internal sealed record EmbeddingSet(Half[] Values, IReadOnlyList<string> Labels, IReadOnlyList<int> Groups)
{
    private const int Batch = 5000;

    /// <summary>Loads the embeddings of contents in the views 0 to <paramref name="views"/> - 1.</summary>
    public static async Task<EmbeddingSet> LoadAsync(
        NpgsqlDataSource database, TrainingData data, IReadOnlyList<LabelledContent> contents, int views, CancellationToken cancellationToken)
    {
        var values = new Half[(long)contents.Count * views * data.Dimensions];
        var (labels, groups) = (new List<string>(), new List<int>());
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
                groups.Add(group[embedding.ContentId]);
            }
        }
        return new EmbeddingSet(values[..(labels.Count * data.Dimensions)], labels, groups);
    }
}
