using ThanoSql.Embedding.Similarity;
using ThanoSql.Query.Search;

namespace ThanoSql.Query.Similarity;

/// <summary>
/// Pages of groups of pictures that are one picture, or look as if they were. A page ends with its last group, or when enough was looked at: what it
/// takes is the same in a table of any size.
/// </summary>
internal sealed class DuplicateFinder(
    SearchPages pages, DuplicateTurns turns, AskedPictures pictures, SimilarContents contents, ServiceDatabase service, UserDatabase users,
    LinkSigner signer, ImageLinks links, IOptions<QueryLimits> limits, IOptions<SqlOptions> sql, TimeProvider time)
{
    private const int MostLooked = 2000; // pictures of a page
    private const int MostRows = 100; // of a group
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(3);

    /// <summary>Writes a page of groups.</summary>
    /// <param name="request">Which rows count, and what a duplicate is.</param>
    /// <param name="caller">Who asks; a restricted token finds what it reaches.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>To be given back (<see cref="Return"/>), unless something failed.</returns>
    public async Task<SearchPage> FindAsync(SearchRequest request, Caller caller, CancellationToken cancellationToken)
    {
        using var turn = await turns.EnterAsync(caller.Token.Name, cancellationToken);
        return (await pages.WriteAsync(
            request, caller, (page, target, own, running) => WriteAsync(page, target, own, caller, running), cancellationToken)).Page;
    }

    public void Return(SearchPage page) => pages.Return(page);

    private async Task WriteAsync(
        SearchPage page, SearchTarget target, SearchRequest request, Caller caller, CancellationToken cancellationToken)
    {
        request.Check(target);
        var after = await SearchCursor.ReadAsync(request, signer, cancellationToken);
        var (labels, unknown) = target.Words.Read(request);
        using var deadline = new Deadline(limits.Value, cancellationToken);
        var next = await deadline.RunAsync(async running =>
        {
            var space = await pictures.SpaceAsync(request.Near!.Model ?? target.Definition.Model.Name, running);
            page.Begin(request, labels, unknown, "groups");
            if (!SearchWords.CanHaveHits(request, labels, unknown))
                return null;
            var pool = target.IsPlain ? await users.PreparedSearchPoolAsync(running) : await users.SearchPoolAsync(running);
            await using var connection = await pool.OpenConnectionAsync(running);
            var rows = new DuplicateRows(connection, service.Source, (target, request, labels), sql.Value.Workspace);
            var walk = new DuplicateWalk(contents, service.Source, rows, space, request.Near.MinSimilarity);
            var to = (page, await links.ForAsync(request.Width, caller, running));
            try
            {
                return await WriteAsync(to, walk, rows, request.Limit, after?.Path, running);
            }
            catch (PostgresException wrong) when (wrong.SqlState.StartsWith("22", StringComparison.Ordinal))
            {
                throw ColumnValues.Refused(wrong, request, target);
            }
        });
        page.EndResults(next is null ? null : await new SearchCursor(null, next, "").ToTextAsync(request, signer, cancellationToken));
        page.End();
    }

    /// <returns>The path to go on behind; null at the end of the table.</returns>
    private async Task<string?> WriteAsync(
        (SearchPage Page, PageLinks Links) to, DuplicateWalk walk, DuplicateRows rows, int most, string? after, CancellationToken cancellationToken)
    {
        var (began, looked, groups) = (time.GetTimestamp(), 0, 0);
        await foreach (var step in walk.StepsAsync(after, cancellationToken))
        {
            if (step.Group is { } group)
            {
                groups++;
                to.Page.BeginGroup(group.Kind);
                var isCut = await rows.WriteAsync(to.Page, to.Links, group.Similarities, MostRows, cancellationToken);
                to.Page.EndGroup(group.More || isCut);
            }
            if (groups == most || ++looked == MostLooked || time.GetElapsedTime(began) > MostTime)
                return step.Path;
        }
        return null;
    }
}

/// <summary>The turns of searches for duplicates, which take seconds: few at once, and one of a token.</summary>
internal sealed class DuplicateTurns(IOptions<QueryLimits> limits, TimeProvider time) : Turnstile(
    new TurnLimits(
        AtOnce: 2, TokenAtOnce: 1, limits.Value.TokenWaiting, limits.Value.Waiting, TimeSpan.FromSeconds(limits.Value.WaitSeconds),
        ("searches for duplicates", "two at once", "one of a token")),
    time);
