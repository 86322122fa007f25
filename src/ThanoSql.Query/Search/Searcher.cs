namespace ThanoSql.Query.Search;

/// <summary>
/// Keyword search for shops, with the rights of the reading role. On connections of its own from the first look to the last row, so that no statement
/// of a user keeps it waiting.
/// </summary>
internal sealed class Searcher(SearchPages pages, UserDatabase users, LinkSigner signer, ImageLinks links, IOptions<QueryLimits> limits)
{
    /// <summary>Writes a page of hits.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="caller">Who asks; a restricted token finds what it reaches.</param>
    /// <param name="cancellationToken">Ends the statement.</param>
    /// <returns>To be given back (<see cref="Return"/>), unless something failed.</returns>
    public Task<(SearchTarget Target, SearchPage Page)> SearchAsync(
        SearchRequest request, Caller caller, CancellationToken cancellationToken) => pages.WriteAsync(
        request, caller, (page, target, own, running) => WriteAsync(page, target, own, caller, running), cancellationToken);

    public void Return(SearchPage page) => pages.Return(page);

    private async Task WriteAsync(
        SearchPage page, SearchTarget target, SearchRequest request, Caller caller, CancellationToken cancellationToken)
    {
        request.Check(target);
        var after = await SearchCursor.ReadAsync(request, signer, cancellationToken);
        var (labels, unknown) = target.Words.Read(request);
        page.Begin(request, labels, unknown);
        if (SearchWords.CanHaveHits(request, labels, unknown))
        {
            var to = (page, await links.ForAsync(request.Width, caller, cancellationToken));
            using var deadline = new Deadline(limits.Value, cancellationToken);
            var (last, counts) = await deadline.RunAsync(running => ReadAsync(to, target, request, (labels, after), running));
            page.EndResults(last is null ? null : await last.ToTextAsync(request, signer, cancellationToken));
            if (counts is not null)
                page.Add(counts, Facets(target, request));
        }
        else
        {
            page.EndResults(null);
            if (request.Total is not null)
                page.Add(SearchCounts.None(request), Facets(target, request));
        }
        page.End();
    }

    private static IEnumerable<(string Name, uint Type)> Facets(SearchTarget target, SearchRequest request) =>
        request.Facets.Select(f => (f, f == SearchRequest.KeywordFacet ? 25 : target.Columns[f].TypeId));

    /// <returns>The last hit, null when there is none behind it; and how many there are, where that is asked.</returns>
    private async Task<(SearchCursor? Last, SearchCounts? Counts)> ReadAsync(
        (SearchPage Page, PageLinks Links) to, SearchTarget target, SearchRequest request, (IReadOnlyList<string> Labels, SearchCursor? After) of,
        CancellationToken cancellationToken)
    {
        var pool = target.IsPlain ? await users.PreparedSearchPoolAsync(cancellationToken) : await users.SearchPoolAsync(cancellationToken);
        await using var connection = await pool.OpenConnectionAsync(cancellationToken);
        try
        {
            SearchCursor? last = null;
            var rows = 0;
            await using (var command = SearchSql.Command(connection, target, request, of.Labels, of.After))
            await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
            {
                while (await reader.ReadAsync(cancellationToken) && ++rows <= request.Limit)
                {
                    to.Page.Add(reader, target.Shown, to.Links);
                    if (rows == request.Limit)
                        last = new SearchCursor(Text(reader, 6), Text(reader, 0), reader.GetString(5));
                }
            }
            return (
                rows > request.Limit ? last : null,
                request.Total is null ? null : await SearchCounts.ReadAsync(connection, target, request, of.Labels, cancellationToken));
        }
        catch (PostgresException wrong) when (wrong.SqlState.StartsWith("22", StringComparison.Ordinal))
        {
            throw ColumnValues.Refused(wrong, request, target);
        }
    }

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}
