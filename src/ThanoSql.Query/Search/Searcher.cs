using Dapper;
using Microsoft.Extensions.ObjectPool;

namespace ThanoSql.Query.Search;

/// <summary>
/// Keyword search for shops, with the rights of the reading role. On connections of its own from the first look to the last row, so that no statement
/// of a user keeps it waiting.
/// </summary>
internal sealed class Searcher(
    SearchCatalog catalog, UserDatabase users, LinkSigner signer, ImageLinks links, SearchTurns turns, IOptions<QueryLimits> limits,
    IOptions<SqlOptions> sql)
{
    private readonly ObjectPool<SearchPage> _pages = new DefaultObjectPool<SearchPage>(new PagePolicy());

    /// <summary>Writes a page of hits.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="caller">Who asks; a restricted token finds what it reaches.</param>
    /// <param name="cancellationToken">Ends the statement.</param>
    /// <returns>To be given back (<see cref="Return"/>), unless something failed.</returns>
    public async Task<(SearchTarget Target, SearchPage Page)> SearchAsync(
        SearchRequest request, Caller caller, CancellationToken cancellationToken)
    {
        caller.Token.CheckTable(request.Table);
        if (caller.Token.Paths(sql.Value.Workspace) is { Count: > 0 } paths)
            request = request with { Paths = paths };
        using var turn = await turns.EnterAsync(caller.Token.Name, cancellationToken);
        var target = await catalog.FindAsync(request.Table, cancellationToken);
        var page = _pages.Get();
        try
        {
            await WriteAsync(page, target, request, caller, cancellationToken);
        }
        catch (PostgresException changed) when (IsOutdated(changed))
        {
            catalog.Forget(target);
            target = await catalog.FindAsync(request.Table, cancellationToken);
            page.TryReset();
            await WriteAsync(page, target, request, caller, cancellationToken);
        }
        return (target, page);
    }

    public void Return(SearchPage page) => _pages.Return(page);

    /// <summary>The labels of a table's model and how many rows carry each; also labels that people gave and the model does not know.</summary>
    public async Task<IReadOnlyList<KeywordCount>> KeywordsAsync(string table, ApiToken token, CancellationToken cancellationToken)
    {
        token.CheckTable(table);
        using var turn = await turns.EnterAsync(token.Name, cancellationToken);
        var target = await catalog.FindAsync(table, cancellationToken);
        var keyword = Catalog.Identifier.Quote(target.Definition.Columns.Keyword);
        var paths = token.Paths(sql.Value.Workspace).ToArray();
        var reached = paths.Length > 0 ? $" AND {SearchSql.Below(Catalog.Identifier.Quote(target.Definition.ImageCol), "@paths")}" : "";
        var from = $"public.{Catalog.Identifier.Quote(table)}";
        var count = $"SELECT {keyword}, count(*) FROM {from} WHERE {keyword} IS NOT NULL{reached} GROUP BY {keyword}";
        using var deadline = new Deadline(limits.Value, cancellationToken);
        var counts = await deadline.RunAsync(async running =>
        {
            await using var connection = await (await users.SearchPoolAsync(running)).OpenConnectionAsync(running);
            var found = await connection.QueryAsync<(string Label, long Rows)>(
                new CommandDefinition(count, new { paths }, cancellationToken: running));
            return found.ToDictionary();
        });
        return [.. target.Labels.Union(counts.Keys)
            .Select(label => new KeywordCount(label, counts.GetValueOrDefault(label), target.Definition.Synonyms.GetValueOrDefault(label, [])))
            .OrderByDescending(k => k.Count).ThenBy(k => k.Keyword, StringComparer.Ordinal)];
    }

    private async Task WriteAsync(
        SearchPage page, SearchTarget target, SearchRequest request, Caller caller, CancellationToken cancellationToken)
    {
        request.Check(target);
        var after = await SearchCursor.ReadAsync(request, signer, cancellationToken);
        var (labels, unknown) = Words(target, request);
        page.Begin(target.Definition.Table, labels, unknown);
        if (request.Keywords.Count > 0 && labels.Count == 0)
        {
            page.End(null);
            return;
        }
        var to = (page, await links.ForAsync(request.Width, caller, cancellationToken));
        using var deadline = new Deadline(limits.Value, cancellationToken);
        var last = await deadline.RunAsync(running => ReadAsync(to, target, request, (labels, after), running));
        page.End(last is null ? null : await last.ToTextAsync(request, signer, cancellationToken));
    }

    /// <returns>The last hit; null when there is none behind it.</returns>
    private async Task<SearchCursor?> ReadAsync(
        (SearchPage Page, PageLinks Links) to, SearchTarget target, SearchRequest request, (IReadOnlyList<string> Labels, SearchCursor? After) of,
        CancellationToken cancellationToken)
    {
        var pool = target.IsPlain ? await users.PreparedSearchPoolAsync(cancellationToken) : await users.SearchPoolAsync(cancellationToken);
        await using var connection = await pool.OpenConnectionAsync(cancellationToken);
        await using var command = SearchSql.Command(connection, target, request, of.Labels, of.After);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        SearchCursor? last = null;
        for (var rows = 1; await reader.ReadAsync(cancellationToken); rows++)
        {
            if (rows > request.Limit)
                return last;
            to.Page.Add(reader, target.Shown, to.Links);
            if (rows == request.Limit)
                last = new SearchCursor(reader.IsDBNull(6) ? null : reader.GetString(6), reader.GetString(0), reader.GetString(5));
        }
        return null;
    }

    private static (IReadOnlyList<string> Labels, IReadOnlyList<UnknownKeyword> Unknown) Words(SearchTarget target, SearchRequest request)
    {
        var (labels, unknown) = (new List<string>(request.Keywords.Count), new List<UnknownKeyword>());
        foreach (var word in request.Keywords)
        {
            if (target.LabelOf(word) is not { } label)
                unknown.Add(new UnknownKeyword(word, NearestName.Of(word, target.Labels)));
            else if (!labels.Contains(label))
                labels.Add(label);
        }
        return (labels, unknown);
    }

    // The table was changed within the half second for which it is remembered, or since a statement was prepared.
    private static bool IsOutdated(PostgresException error) => error.SqlState is PostgresErrorCodes.FeatureNotSupported
        or PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedFunction
        or PostgresErrorCodes.InsufficientPrivilege;

    private sealed class PagePolicy : PooledObjectPolicy<SearchPage>
    {
        public override SearchPage Create() => new();

        public override bool Return(SearchPage obj) => obj.TryReset();
    }
}

/// <summary>An asked keyword that the model has no label for.</summary>
/// <param name="Nearest">The label that was probably meant.</param>
internal sealed record UnknownKeyword(string Keyword, string? Nearest);

/// <summary>A label and how many rows carry it.</summary>
/// <param name="Synonyms">Other words by which it is found.</param>
internal sealed record KeywordCount(string Keyword, long Count, IReadOnlyList<string> Synonyms);
