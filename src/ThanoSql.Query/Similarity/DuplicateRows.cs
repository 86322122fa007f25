using ThanoSql.Catalog.Similarity;
using ThanoSql.Query.Search;

namespace ThanoSql.Query.Similarity;

/// <summary>The rows of a table among which duplicates are looked for, read as search reads.</summary>
/// <param name="connection">Of the searching role.</param>
/// <param name="catalog">Contents and their paths.</param>
/// <param name="of">The table, which of its rows count, and the labels that the request's words stand for.</param>
/// <param name="workspace">The bucket of paths that name none.</param>
internal sealed class DuplicateRows(
    NpgsqlConnection connection, NpgsqlDataSource catalog, (SearchTarget Target, SearchRequest Request, IReadOnlyList<string> Labels) of,
    string workspace)
{
    /// <summary>The next paths, in order.</summary>
    public async Task<List<string>> NextAsync(string? after, int most, CancellationToken cancellationToken)
    {
        var paths = new List<string>();
        await using var command = SimilarSql.Next(connection, of.Target, of.Request, of.Labels, after, most);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            paths.Add(reader.GetString(0));
        return paths;
    }

    public Task<List<ContentPath>> ContentsAsync(IReadOnlyCollection<string> paths, CancellationToken cancellationToken) =>
        ContentImages.ContentsAsync(catalog, paths, workspace, cancellationToken);

    /// <summary>Which contents the rows show: how many rows each, and whether one of them comes before a path.</summary>
    public async Task<Dictionary<long, (long Rows, bool IsBefore)>> ShownAsync(
        IReadOnlyCollection<long> contents, string path, CancellationToken cancellationToken)
    {
        var spelled = (await ContentImages.SpellingsAsync(catalog, contents, workspace, cancellationToken))
            .DistinctBy(s => s.Path).ToDictionary(s => s.Path, s => s.ContentId);
        var shown = new Dictionary<long, (long Rows, bool IsBefore)>();
        await using var command = SimilarSql.Shown(connection, of.Target, of.Request, of.Labels, [.. spelled.Keys], path);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var content = spelled[reader.GetString(0)];
            var (rows, isBefore) = shown.GetValueOrDefault(content);
            shown[content] = (rows + long.Parse(reader.GetString(1), CultureInfo.InvariantCulture), isBefore || reader.GetString(2) == "t");
        }
        return shown;
    }

    /// <summary>Writes the rows of a group, the first picture's before the others.</summary>
    /// <returns>Whether there are more.</returns>
    public async Task<bool> WriteAsync(
        SearchPage page, PageLinks links, IReadOnlyDictionary<long, float> similarities, int most, CancellationToken cancellationToken)
    {
        var spelled = await ContentImages.SpellingsAsync(catalog, [.. similarities.Keys], workspace, cancellationToken);
        await using var command = SimilarSql.Hits(
            connection, of.Target, of.Request with { Limit = most }, of.Labels, spelled.ConvertAll(s => (s.Path, similarities[s.ContentId])),
            after: null);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        for (var row = 0; await reader.ReadAsync(cancellationToken); row++)
        {
            if (row == most)
                return true;
            page.Add(reader, of.Target.Shown, links, similar: true);
        }
        return false;
    }
}
