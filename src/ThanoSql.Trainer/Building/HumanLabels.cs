using Npgsql;
using ThanoSql.Catalog.Labels;
using ThanoSql.Storage;
using ThanoSql.Trainer.Runs;

namespace ThanoSql.Trainer.Building;

/// <summary>
/// A pipeline's model learns the human labels of its images, whatever the training statement says. A label of a picture that was overwritten since
/// teaches nothing.
/// </summary>
internal sealed class HumanLabels(NpgsqlDataSource database)
{
    public async Task<LabelledImages> ApplyAsync(string model, LabelledImages rows, RunSession session)
    {
        var words = await Corrections.OfAsync(database, model, session.Stopping);
        if (words.Count == 0)
            return rows;
        var said = words.Where(w => w.Confirmed).ToDictionary(w => new ObjectPath(w.Bucket, w.Key), w => w.Label);
        var doubtful = words.Where(w => !w.Confirmed).ToDictionary(w => new ObjectPath(w.Bucket, w.Key), w => w.Label);
        // The training statement may read the very column that people wrote their labels into
        var images = rows.Images.Where(i => doubtful.GetValueOrDefault(i.Path) != i.Label).ToList();
        var known = images.Select(i => i.Path).ToHashSet();
        var corrected = images.Count(i => said.TryGetValue(i.Path, out var label) && label != i.Label);
        var added = said.Keys.Count(p => !known.Contains(p));
        if (corrected + added > 0)
            session.Say($"People corrected {corrected} labels and gave {added} more.");
        if (images.Count < rows.Images.Count)
            session.Say($"{rows.Images.Count - images.Count} pictures were overwritten since they were labelled and are left out (SELECT * FROM thanosql.labels WHERE state = 'to confirm').");
        return rows with
        {
            Images =
            [
                .. images.Select(i => i with { Label = said.GetValueOrDefault(i.Path, i.Label) }),
                .. said.Where(s => !known.Contains(s.Key)).Select(s => new LabelledImage(s.Key, s.Value)),
            ],
        };
    }
}
