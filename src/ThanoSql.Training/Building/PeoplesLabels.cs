using Npgsql;
using ThanoSql.Catalog.Models;
using ThanoSql.Storage;
using ThanoSql.Training.Running;

namespace ThanoSql.Training.Building;

/// <summary>A pipeline's model learns what people said of its images, whatever the training statement says.</summary>
internal sealed class PeoplesLabels(NpgsqlDataSource database)
{
    public async Task<LabelledImages> ApplyAsync(string model, LabelledImages rows, RunSession session)
    {
        var said = (await Corrections.OfAsync(database, model, session.Stopping)).ToDictionary(c => new ObjectPath(c.Bucket, c.Key), c => c.Label);
        if (said.Count == 0) return rows;
        var known = rows.Images.Select(i => i.Path).ToHashSet();
        var corrected = rows.Images.Count(i => said.TryGetValue(i.Path, out var label) && label != i.Label);
        var added = said.Keys.Count(p => !known.Contains(p));
        if (corrected + added > 0) session.Say($"People corrected {corrected} labels and gave {added} more.");
        return rows with
        {
            Images =
            [
                .. rows.Images.Select(i => i with { Label = said.GetValueOrDefault(i.Path, i.Label) }),
                .. said.Where(s => !known.Contains(s.Key)).Select(s => new LabelledImage(s.Key, s.Value)),
            ],
        };
    }
}
