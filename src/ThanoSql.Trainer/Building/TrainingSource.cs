using ThanoSql.Catalog.Tokens;
using System.Globalization;
using Microsoft.Extensions.Options;
using Npgsql;
using ThanoSql.Catalog.Roles;
using ThanoSql.Language;
using ThanoSql.Language.Syntax;
using ThanoSql.Planning;
using ThanoSql.Storage;

namespace ThanoSql.Trainer.Building;

/// <summary>Runs the source of a BUILD or FIT with the rights of who asked, and reads image paths and labels from it.</summary>
internal sealed class TrainingSource(UserDatabase users, QueryPlanner planner, IOptions<SqlOptions> options)
{
    /// <param name="source">Any query, also one with PREDICT in it.</param>
    /// <param name="imageCol">The asked image column; null for <c>image_path</c> or <c>image</c>.</param>
    /// <param name="labelCol">The label column.</param>
    /// <param name="scope">Whose rights.</param>
    /// <param name="say">Tells the user what was skipped.</param>
    /// <param name="cancellationToken">Cancels the query on the server, too.</param>
    /// <exception cref="QueryException">The source is wrong.</exception>
    /// <exception cref="QueryException">It lacks a column.</exception>
    public async Task<LabelledImages> ReadAsync(
        QuerySyntax source, string? imageCol, string labelCol, TokenScope scope, Action<string> say, CancellationToken cancellationToken)
    {
        var pool = await users.PoolAsync(scope, cancellationToken);
        await using var connection = await pool.OpenConnectionAsync(cancellationToken);
        var planned = await planner.PlanAsync(source, connection, fills: true, say, cancellationToken);
        foreach (var message in planned.Messages)
            say(message);
        try
        {
            // A batch: a plain command would be cut at each ';' and run in pieces.
            await using var command = new NpgsqlBatch(connection) { BatchCommands = { new NpgsqlBatchCommand(planned.Sql.Sql) }, Timeout = 0 };
            await using var rows = await command.ExecuteReaderAsync(cancellationToken);
            return await ReadAsync(rows, source, imageCol, labelCol, cancellationToken);
        }
        catch (PostgresException error)
        {
            throw QueryException.Of(error, planned.Sql, source.Text);
        }
    }

    private async Task<LabelledImages> ReadAsync(
        NpgsqlDataReader rows, QuerySyntax source, string? imageCol, string labelCol, CancellationToken cancellationToken)
    {
        string[] columns = [.. Enumerable.Range(0, rows.FieldCount).Select(rows.GetName)];
        var image = Column(columns, source, "image", imageCol is null ? ["image_path", "image"] : [imageCol]);
        var label = Column(columns, source, "label", [labelCol]);
        var found = new Dictionary<ObjectPath, LabelledImage>();
        var (withoutLabel, withoutPath) = (0, 0);
        while (await rows.ReadAsync(cancellationToken))
        {
            var text = rows.IsDBNull(label) ? "" : Convert.ToString(rows.GetValue(label), CultureInfo.InvariantCulture)!.Trim();
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
            $"The source has no {kind} column '{names[0]}'.{nearest} Its columns are: {string.Join(", ", columns)}. Name yours with OPTIONS ({kind}_col='…').",
            TextPosition.Of(source.Text, source.Span.Start));
    }
}
