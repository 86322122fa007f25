using Dapper;
using ThanoSql.Catalog.Pipelines;

namespace ThanoSql.Query.Search;

/// <summary>
/// Keyword search for shops, with the rights of the reading role. On connections of its own from the first look to the last row, so that no statement
/// of a user keeps it waiting.
/// </summary>
internal sealed class Searcher(SearchCatalog catalog, UserDatabase users, LinkSigner signer, SearchTurns turns, IOptions<QueryLimits> limits)
{
    public async Task<SearchPage> SearchAsync(SearchRequest request, ApiToken token, CancellationToken cancellationToken)
    {
        using var turn = await turns.EnterAsync(token.Name, cancellationToken);
        var target = await catalog.FindAsync(request.Table, cancellationToken);
        request.Check(target);
        var after = await SearchCursor.ReadAsync(request, signer, cancellationToken);
        var labels = request.Keywords.Select(target.LabelOf).OfType<string>().Distinct().ToList();
        var unknown = request.Keywords.Where(k => target.LabelOf(k) is null)
            .Select(k => new UnknownKeyword(k, NearestName.Of(k, target.Labels))).ToList();
        if (request.Keywords.Count > 0 && labels.Count == 0)
            return new SearchPage(target, labels, unknown, new ResultTable([], []), null);

        using var deadline = new Deadline(limits.Value, cancellationToken);
        var table = await deadline.RunAsync(running => RunAsync(target, request, labels, after, running));
        var page = table with { Rows = [.. table.Rows.Take(request.Limit)] };
        var last = table.Rows.Count > request.Limit ? page.Rows[^1] : null;
        var next = last is null ? null : await new SearchCursor(last[6], last[0]!, last[5]!).ToTextAsync(request, signer, cancellationToken);
        return new SearchPage(target, labels, unknown, page, next);
    }

    /// <summary>The labels of a table's model and how many rows carry each; also labels that people gave and the model does not know.</summary>
    public async Task<IReadOnlyList<KeywordCount>> KeywordsAsync(string table, ApiToken token, CancellationToken cancellationToken)
    {
        using var turn = await turns.EnterAsync(token.Name, cancellationToken);
        var target = await catalog.FindAsync(table, cancellationToken);
        var keyword = Catalog.Identifier.Quote(target.Definition.Columns.Keyword);
        var sql = $"SELECT {keyword}, count(*) FROM public.{Catalog.Identifier.Quote(table)} WHERE {keyword} IS NOT NULL GROUP BY {keyword}";
        using var deadline = new Deadline(limits.Value, cancellationToken);
        var counts = await deadline.RunAsync(async running =>
        {
            await using var connection = await (await users.SearchPoolAsync(running)).OpenConnectionAsync(running);
            var found = await connection.QueryAsync<(string Label, long Rows)>(new CommandDefinition(sql, cancellationToken: running));
            return found.ToDictionary();
        });
        return [.. target.Labels.Union(counts.Keys)
            .Select(label => new KeywordCount(label, counts.GetValueOrDefault(label), target.Definition.Synonyms.GetValueOrDefault(label, [])))
            .OrderByDescending(k => k.Count).ThenBy(k => k.Keyword, StringComparer.Ordinal)];
    }

    private async Task<ResultTable> RunAsync(
        SearchTarget target, SearchRequest request, IReadOnlyList<string> labels, SearchCursor? after, CancellationToken cancellationToken)
    {
        await using var connection = await (await users.SearchPoolAsync(cancellationToken)).OpenConnectionAsync(cancellationToken);
        await using var command = SearchSql.Command(connection, target, request, labels, after);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var columns = ResultReader.Columns(reader);
        var rows = new List<string?[]>();
        while (await reader.ReadAsync(cancellationToken))
            rows.Add([.. Enumerable.Range(0, columns.Count).Select(i => reader.IsDBNull(i) ? null : reader.GetString(i))]);
        return new ResultTable(columns, rows);
    }
}

/// <summary>A pipeline's table as the search endpoints see it.</summary>
/// <param name="Definition">Names of its columns, and which of them may be shown, filtered and sorted by.</param>
/// <param name="Types">Type of each column of the table.</param>
/// <param name="Labels">Of the model in service, and those that people gave.</param>
internal sealed record SearchTarget(PipelineDefinition Definition, IReadOnlyDictionary<string, string> Types, IReadOnlyList<string> Labels)
{
    /// <summary>The label that a word stands for: itself, or by the pipeline's synonyms; null when it is neither.</summary>
    public string? LabelOf(string word) => Labels.Contains(word) ? word : Definition.Synonyms.FirstOrDefault(s => s.Value.Contains(word)).Key;
}

/// <summary>A page of hits.</summary>
/// <param name="Labels">What the asked keywords stand for.</param>
/// <param name="Table">The columns of <see cref="SearchSql"/>.</param>
/// <param name="Next">The cursor of the next page; null on the last.</param>
internal sealed record SearchPage(
    SearchTarget Target, IReadOnlyList<string> Labels, IReadOnlyList<UnknownKeyword> Unknown, ResultTable Table, string? Next);

/// <summary>An asked keyword that the model has no label for.</summary>
/// <param name="Nearest">The label that was probably meant.</param>
internal sealed record UnknownKeyword(string Keyword, string? Nearest);

/// <summary>A label and how many rows carry it.</summary>
/// <param name="Synonyms">Other words by which it is found.</param>
internal sealed record KeywordCount(string Keyword, long Count, IReadOnlyList<string> Synonyms);
