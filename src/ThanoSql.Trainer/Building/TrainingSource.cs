using ThanoSql.Catalog.Labels;
using ThanoSql.Storage.Unicode;

namespace ThanoSql.Trainer.Building;

/// <summary>Reads image paths and labels from the source of a BUILD or FIT.</summary>
internal sealed class TrainingSource(SourceReader reader, HumanLabels humanLabels, IOptions<SqlOptions> options)
{
    /// <summary>A pipeline's model also learns human labels.</summary>
    /// <exception cref="QueryException">The source is wrong, or lacks a column.</exception>
    public async Task<LabelledImages> ReadAsync(BuildPlan plan, RunSession session)
    {
        var rows = await reader.ReadAsync(plan.Source, session, (rows, token) => ReadAsync(rows, plan.Source, plan.Options, token));
        return plan.Gate is null ? rows : await humanLabels.ApplyAsync(plan.Model, rows, session);
    }

    private async Task<LabelledImages> ReadAsync(
        NpgsqlDataReader rows, QuerySyntax source, BuildOptions asked, CancellationToken cancellationToken)
    {
        var columns = SourceColumns.Of(rows);
        var image = SourceColumns.Find(columns, source, "image", asked.ImageCol is { } named ? [named] : ["image_path", "image"]);
        var label = SourceColumns.Find(columns, source, "label", asked.LabelCol);
        var found = new Dictionary<ObjectPath, LabelledImage>();
        var (withoutLabel, withoutPath, tooLong) = (0, 0, 0);
        while (await rows.ReadAsync(cancellationToken))
        {
            var text = rows.IsDBNull(label) ? "" : PlainWord.Of(Convert.ToString(rows.GetValue(label), CultureInfo.InvariantCulture)!);
            if (text.Length == 0)
                withoutLabel++;
            else if (text.Length > LabelLedger.LongestLabel)
                tooLong++;
            else if (!rows.IsDBNull(image) && StorePath.TryParse(rows.GetValue(image) as string, options.Value.Workspace, out var path))
                found.TryAdd(path, new LabelledImage(path, text));
            else
                withoutPath++;
        }
        return new LabelledImages([.. found.Values], columns[image], withoutLabel, withoutPath) { TooLong = tooLong };
    }
}

/// <summary>A row of a training source that names an image and its label.</summary>
internal sealed record LabelledImage(ObjectPath Path, string Label)
{
    /// <summary>Whether only a person names the image, and not the source.</summary>
    public bool OfPeople { get; init; }
}

/// <summary>What a training source gave.</summary>
/// <param name="Images">Each path once, with its first label, in the order of the source.</param>
/// <param name="WithoutLabel">Rows whose label is NULL or empty.</param>
/// <param name="WithoutPath">Rows whose path is NULL or names no object.</param>
internal sealed record LabelledImages(IReadOnlyList<LabelledImage> Images, string ImageCol, int WithoutLabel, int WithoutPath)
{
    /// <summary>Labels that are too rare to learn, with the number of their images, which are not among <see cref="Images"/>.</summary>
    public IReadOnlyDictionary<string, int> LeftOut { get; init; } = new Dictionary<string, int>();

    /// <summary>Labels that were spelled in several ways → each spelling with the number of its images.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, int>> Merged { get; init; } =
        new Dictionary<string, IReadOnlyDictionary<string, int>>();

    /// <summary>Rows whose label is no word any more.</summary>
    public int TooLong { get; init; }
}

/// <summary>
/// A pipeline's model is trained on the human labels of its images, whatever the training statement says; not on those of images that were
/// overwritten since.
/// </summary>
internal sealed class HumanLabels(NpgsqlDataSource database)
{
    public async Task<LabelledImages> ApplyAsync(string model, LabelledImages rows, RunSession session)
    {
        var human = await Corrections.OfAsync(database, model, session.Stopping);
        if (human.Count == 0)
            return rows;
        var labels = human.Where(w => w.Confirmed).ToDictionary(w => new ObjectPath(w.Bucket, w.Key), w => w.Label);
        var doubtful = human.Where(w => !w.Confirmed).ToDictionary(w => new ObjectPath(w.Bucket, w.Key), w => w.Label);
        // The training statement may read the very column that holds human labels
        var images = rows.Images.Where(i => !(doubtful.TryGetValue(i.Path, out var label) && LabelForm.AreOne(label, i.Label))).ToList();
        var known = images.Select(i => i.Path).ToHashSet();
        var corrected = images.Count(i => labels.TryGetValue(i.Path, out var label) && !LabelForm.AreOne(label, i.Label));
        var added = labels.Keys.Count(p => !known.Contains(p));
        if (corrected + added > 0)
            session.Say($"People corrected {corrected} labels and gave {added} more.");
        if (images.Count < rows.Images.Count)
        {
            session.Say(
                $"{rows.Images.Count - images.Count} pictures were overwritten since they were labelled and are left out "
                + "(SELECT * FROM thanosql.labels WHERE state = 'to confirm').");
        }
        return rows with
        {
            Images =
            [
                .. images.Select(i => i with { Label = labels.GetValueOrDefault(i.Path, i.Label) }),
                .. labels.Where(s => !known.Contains(s.Key)).Select(s => new LabelledImage(s.Key, s.Value) { OfPeople = true }),
            ],
        };
    }
}
