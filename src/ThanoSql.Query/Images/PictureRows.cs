using System.Buffers;
using NpgsqlTypes;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Query.Search;

namespace ThanoSql.Query.Images;

/// <summary>The rows of users' tables that show a picture, read as search reads: with the rights of the reading role, on its connections.</summary>
internal sealed class PictureRows(SearchCatalog catalog, UserDatabase users, SearchTurns turns, IOptions<QueryLimits> limits)
{
    private const int Most = 100;
    private const int Fixed = 5; // path, keyword, score, version, source

    /// <param name="pipeline">An active one.</param>
    /// <param name="spellings">Of the picture's path.</param>
    /// <param name="token">Whose turn it takes.</param>
    /// <param name="cancellationToken">Ends the statement.</param>
    /// <returns>At most a hundred, with the columns that the pipeline's file allows.</returns>
    public Task<IReadOnlyList<PictureRow>> FindAsync(
        PipelineDefinition pipeline, string[] spellings, ApiToken token, CancellationToken cancellationToken) =>
        FindAsync(pipeline, spellings, Most, token, cancellationToken);

    /// <summary>The rows of a page of pictures.</summary>
    /// <param name="pipeline">An active one.</param>
    /// <param name="pictures">The spellings of each picture's path.</param>
    /// <param name="token">Whose turn it takes.</param>
    /// <param name="cancellationToken">Ends the statement.</param>
    /// <returns>One for each picture; null for one that no row of the table shows.</returns>
    public async Task<IReadOnlyList<PictureRow?>> FindEachAsync(
        PipelineDefinition pipeline, IReadOnlyList<IReadOnlyList<string>> pictures, ApiToken token, CancellationToken cancellationToken)
    {
        var rows = await FindAsync(pipeline, [.. pictures.SelectMany(p => p)], Most * pictures.Count, token, cancellationToken);
        var byPath = rows.DistinctBy(r => r.Path).ToDictionary(r => r.Path);
        return [.. pictures.Select(spellings => spellings.Select(byPath.GetValueOrDefault).FirstOrDefault(row => row is not null))];
    }

    private async Task<IReadOnlyList<PictureRow>> FindAsync(
        PipelineDefinition pipeline, string[] spellings, int most, ApiToken token, CancellationToken cancellationToken)
    {
        using var turn = await turns.EnterAsync(token.Name, cancellationToken);
        var target = await catalog.FindAsync(pipeline.Table, cancellationToken);
        var index = pipeline.Columns;
        string[] columns = [pipeline.ImageCol, index.Keyword, index.Score, index.Version, index.Source, .. target.Shown.Select(c => c.Name)];
        var path = Identifier.Quote(pipeline.ImageCol);
        var sql = string.Create(
            CultureInfo.InvariantCulture,
            $"SELECT {string.Join(", ", columns.Select(Identifier.Quote))} FROM public.{Identifier.Quote(pipeline.Table)} "
            + $"WHERE {path} = ANY ($1) ORDER BY {path} LIMIT {most}");
        using var deadline = new Deadline(limits.Value, cancellationToken);
        try
        {
            return await deadline.RunAsync(running => ReadAsync(sql, spellings, running));
        }
        catch (PostgresException changed) when (changed.SqlState.StartsWith("42", StringComparison.Ordinal))
        {
            catalog.Forget(target); // the table was dropped or changed within the half second for which it is remembered
            return [];
        }
    }

    private async Task<List<PictureRow>> ReadAsync(string sql, string[] spellings, CancellationToken cancellationToken)
    {
        await using var connection = await (await users.SearchPoolAsync(cancellationToken)).OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection)
        {
            AllResultTypesAreUnknown = true,
            Parameters = { new NpgsqlParameter { Value = spellings, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await ReadAsync(reader, cancellationToken);
    }

    private static async Task<List<PictureRow>> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var columns = ResultReader.Columns(reader);
        var rows = new List<PictureRow>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var cells = Enumerable.Range(0, columns.Count).Select(i => reader.IsDBNull(i) ? null : reader.GetString(i)).ToList();
            rows.Add(new PictureRow(
                cells[0]!, cells[1], Number<float>(cells[2]), Number<int>(cells[3]), cells[4],
                columns.Index().Skip(Fixed).ToDictionary(c => c.Item.Name, c => Json(cells[c.Index], c.Item))));
        }
        return rows;
    }

    private static T? Number<T>(string? cell)
        where T : struct, IParsable<T> => cell is null ? null : T.Parse(cell, CultureInfo.InvariantCulture);

    // As search and statements write it
    private static JsonElement Json(string? cell, ResultColumn column)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
            JsonCells.Write(json, cell, column);
        using var document = JsonDocument.Parse(buffer.WrittenMemory);
        return document.RootElement.Clone();
    }
}
