using Microsoft.Extensions.ObjectPool;

namespace ThanoSql.Query.Search;

/// <summary>Pages of hits for whoever may ask for them, one turn each, over a table as it is now.</summary>
internal sealed class SearchPages(SearchCatalog catalog, SearchTurns turns, IOptions<SqlOptions> sql)
{
    private readonly ObjectPool<SearchPage> _pages = new DefaultObjectPool<SearchPage>(new PagePolicy());

    /// <summary>Writes a page, once more where the table was changed meanwhile.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="caller">Who asks; a restricted token finds what it reaches.</param>
    /// <param name="write">Given the request as this token may ask it.</param>
    /// <param name="cancellationToken">Ends the wait for a turn, and the writing.</param>
    /// <returns>To be given back (<see cref="Return"/>), unless something failed.</returns>
    public async Task<(SearchTarget Target, SearchPage Page)> WriteAsync(
        SearchRequest request, Caller caller, WritePage write, CancellationToken cancellationToken)
    {
        caller.Token.CheckTable(request.Table);
        if (caller.Token.Paths(sql.Value.Workspace) is { Count: > 0 } paths)
            request = request with { Paths = paths };
        using var turn = await turns.EnterAsync(caller.Token.Name, cancellationToken);
        var target = await catalog.FindAsync(request.Table, cancellationToken);
        var page = _pages.Get();
        try
        {
            await write(page, target, request, cancellationToken);
        }
        catch (PostgresException changed) when (IsOutdated(changed))
        {
            catalog.Forget(target);
            target = await catalog.FindAsync(request.Table, cancellationToken);
            page.TryReset();
            await write(page, target, request, cancellationToken);
        }
        return (target, page);
    }

    public void Return(SearchPage page) => _pages.Return(page);

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

/// <summary>Writes a page of hits, whole.</summary>
internal delegate Task WritePage(SearchPage page, SearchTarget target, SearchRequest request, CancellationToken cancellationToken);
