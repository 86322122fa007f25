using ThanoSql.Catalog.Labels;
using ThanoSql.Catalog.Roles;
using ThanoSql.Catalog.Tables;
using ThanoSql.Storage.Unicode;

namespace ThanoSql.Trainer.Building;

/// <summary>Runs the source of a BUILD or FIT with the rights of who asked, and reads image paths and labels from it.</summary>
internal sealed class TrainingSource(
    NpgsqlDataSource database, UserDatabase users, QueryPlanner planner, HumanLabels humanLabels, IOptions<SqlOptions> options,
    IOptions<TrainingOptions> training)
{
    /// <summary>A pipeline's model also learns human labels.</summary>
    /// <exception cref="QueryException">The source is wrong, or lacks a column.</exception>
    public async Task<LabelledImages> ReadAsync(BuildPlan plan, RunSession session)
    {
        var rows = await ReadAsync(plan.Source, plan.Options, session);
        return plan.Gate is null ? rows : await humanLabels.ApplyAsync(plan.Model, rows, session);
    }

    private async Task<LabelledImages> ReadAsync(QuerySyntax source, BuildOptions asked, RunSession session)
    {
        await using var user = await users.OpenAsync(UserDatabase.NoToken, session.Run.Scope, session.Stopping);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(session.Stopping);
        deadline.CancelAfter(TimeSpan.FromSeconds(training.Value.SourceSeconds));
        await using var watch = new LockWatch(
            database, user.ProcessId, TimeSpan.FromSeconds(1), holder => session.WaitsFor("what the source reads", holder));
        try
        {
            return await user.RunAsync(token => ReadAsync(user.Connection, source, asked, session.Say, token), deadline.Token);
        }
        catch (Exception late) when (deadline.IsCancellationRequested && !session.Stopping.IsCancellationRequested && late is not QueryException)
        {
            throw new QueryException(
                ErrorCode.Timeout, $"The source took longer than {training.Value.SourceSeconds} s (Training:SourceSeconds).",
                hint: "Keep its rows in a table, and build from that.", inner: late);
        }
    }

    // Cancelled on the server, too
    private async Task<LabelledImages> ReadAsync(
        NpgsqlConnection connection, QuerySyntax source, BuildOptions asked, Action<string> say, CancellationToken cancellationToken)
    {
        var planned = await planner.PlanAsync(source, connection, fills: true, say, cancellationToken);
        foreach (var message in planned.Messages)
            say(message);
        try
        {
            // A batch: a plain command would be cut at each ';' and run in pieces.
            await using var command = new NpgsqlBatch(connection) { BatchCommands = { new NpgsqlBatchCommand(planned.Sql.Sql) }, Timeout = 0 };
            await using var rows = await command.ExecuteReaderAsync(cancellationToken);
            return await ReadAsync(rows, source, asked, cancellationToken);
        }
        catch (PostgresException error) when (error.SqlState != PostgresErrorCodes.QueryCanceled)
        {
            throw QueryException.Of(error, planned.Sql, source.Text);
        }
    }

    private async Task<LabelledImages> ReadAsync(
        NpgsqlDataReader rows, QuerySyntax source, BuildOptions asked, CancellationToken cancellationToken)
    {
        string[] columns = [.. Enumerable.Range(0, rows.FieldCount).Select(rows.GetName)];
        var image = Column(columns, source, "image", asked.ImageCol is { } named ? [named] : ["image_path", "image"]);
        var label = Column(columns, source, "label", [asked.LabelCol]);
        var found = new Dictionary<ObjectPath, LabelledImage>();
        var (withoutLabel, withoutPath) = (0, 0);
        while (await rows.ReadAsync(cancellationToken))
        {
            var text = rows.IsDBNull(label) ? "" : PlainWord.Of(Convert.ToString(rows.GetValue(label), CultureInfo.InvariantCulture)!);
            if (text.Length == 0)
                withoutLabel++;
            else if (!rows.IsDBNull(image) && StorePath.TryParse(rows.GetValue(image) as string, options.Value.Workspace, out var path))
                found.TryAdd(path, new LabelledImage(path, text));
            else
                withoutPath++;
        }
        return new LabelledImages([.. found.Values], columns[image], withoutLabel, withoutPath);
    }

    private static int Column(string[] columns, QuerySyntax source, string kind, string[] names)
    {
        var found = names.Select(n => Array.IndexOf(columns, n)).FirstOrDefault(i => i >= 0, -1);
        if (found >= 0)
            return found;
        var nearest = NearestName.Of(names[0], columns) is { } name ? $" Did you mean {name}?" : "";
        throw new QueryException(
            ErrorCode.UnknownColumn,
            $"The source has no {kind} column '{names[0]}'.{nearest} Its columns are: {string.Join(", ", columns)}. "
            + $"Name yours with OPTIONS ({kind}_col='…').",
            TextPosition.Of(source.Text, source.Span.Start));
    }
}

/// <summary>A row of a training source that names an image and its label.</summary>
internal sealed record LabelledImage(ObjectPath Path, string Label);

/// <summary>What a training source gave.</summary>
/// <param name="Images">Each path once, with its first label, in the order of the source.</param>
/// <param name="WithoutLabel">Rows whose label is NULL or empty.</param>
/// <param name="WithoutPath">Rows whose path is NULL or names no object.</param>
internal sealed record LabelledImages(IReadOnlyList<LabelledImage> Images, string ImageCol, int WithoutLabel, int WithoutPath);

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
        var images = rows.Images.Where(i => doubtful.GetValueOrDefault(i.Path) != i.Label).ToList();
        var known = images.Select(i => i.Path).ToHashSet();
        var corrected = images.Count(i => labels.TryGetValue(i.Path, out var label) && label != i.Label);
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
                .. labels.Where(s => !known.Contains(s.Key)).Select(s => new LabelledImage(s.Key, s.Value)),
            ],
        };
    }
}

/// <summary>Refuses labels that no classifier can be made of, before any image is read.</summary>
internal static class LabelCheck
{
    private const int Named = 10;

    /// <param name="labels">One for each image.</param>
    /// <param name="labelCol">For the advice.</param>
    /// <exception cref="QueryException">No image, fewer than two labels, or a label with a single image.</exception>
    public static void Run(IReadOnlyCollection<string> labels, string labelCol)
    {
        if (labels.Count == 0)
            throw new QueryException(ErrorCode.EmptySource, "The source gives no row with both an image path and a label.");
        var counts = labels.CountBy(l => l, StringComparer.Ordinal).ToList();
        if (counts.Count < 2)
        {
            throw new QueryException(
                ErrorCode.TooFewLabels, $"All images carry the one label '{counts[0].Key}': a classifier needs at least two labels.");
        }
        var single = counts.Where(c => c.Value == 1).Select(c => c.Key).Order(StringComparer.Ordinal).ToList();
        if (single.Count == 0)
            return;
        var names = string.Join(", ", single.Take(Named).Select(l => $"'{l}'")) + (single.Count > Named ? $" and {single.Count - Named} more" : "");
        throw new QueryException(
            ErrorCode.SingleImageLabel,
            $"A label needs at least two images; these have one: {names}. Add images, or leave them out of the source: " +
            $"… WHERE {labelCol} IN (SELECT {labelCol} FROM … GROUP BY {labelCol} HAVING count(*) > 1).");
    }
}
