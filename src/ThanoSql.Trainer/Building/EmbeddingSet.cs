using System.Runtime.InteropServices;
using Npgsql;
using ThanoSql.Catalog.Models;

namespace ThanoSql.Trainer.Building;

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
