using ThanoSql.Catalog.Similarity;
using ThanoSql.Embedding.Similarity;
using ThanoSql.Query.Search;

namespace ThanoSql.Query.Similarity;

/// <summary>Search by picture, with the rights of the reading role as by keyword: the pictures that resemble another one most come first.</summary>
internal sealed class SimilarSearcher(
    SearchPages pages, AskedPictures pictures, SimilarContents contents, ServiceDatabase service, UserDatabase users, LinkSigner signer,
    ImageLinks links, IOptions<QueryLimits> limits, IOptions<SqlOptions> sql)
{
    private const int First = 512; // contents that the index is asked for at first: of a filter that keeps 5 % they fill a page
    private const int MostPassing = 20_000; // rows of a filter that is asked first

    /// <summary>Writes a page of hits.</summary>
    /// <param name="request">What is asked for, with the picture.</param>
    /// <param name="caller">Who asks; a restricted token finds what it reaches, and asks with it.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>To be given back (<see cref="Return"/>), unless something failed.</returns>
    public Task<(SearchTarget Target, SearchPage Page)> SearchAsync(
        SearchRequest request, Caller caller, CancellationToken cancellationToken) => pages.WriteAsync(
        request, caller, (page, target, own, running) => WriteAsync(page, target, own, caller, running), cancellationToken);

    public void Return(SearchPage page) => pages.Return(page);

    private async Task WriteAsync(
        SearchPage page, SearchTarget target, SearchRequest request, Caller caller, CancellationToken cancellationToken)
    {
        request.Check(target);
        var near = request.Near!;
        var after = await SearchCursor.ReadAsync(request, signer, cancellationToken);
        var (labels, unknown) = target.Words.Read(request);
        using var deadline = new Deadline(limits.Value, cancellationToken);
        var next = await deadline.RunAsync(async running =>
        {
            var space = await pictures.SpaceAsync(near.Model ?? target.Definition.Model.Name, running);
            var asked = await pictures.VectorAsync(near, space, caller.Token, running);
            page.Begin(request, labels, unknown);
            if (!SearchWords.CanHaveHits(request, labels, unknown))
                return null;
            var to = (page, await links.ForAsync(request.Width, caller, running));
            return await ReadAsync(to, target, request, (labels, after), new SimilarCandidates(contents, near, space, asked), running);
        });
        page.EndResults(next is null ? null : await next.ToTextAsync(request, signer, cancellationToken));
        page.End();
    }

    /// <returns>The last hit, null when there is none behind it.</returns>
    private async Task<SearchCursor?> ReadAsync(
        (SearchPage Page, PageLinks Links) to, SearchTarget target, SearchRequest request, (IReadOnlyList<string> Labels, SearchCursor? After) of,
        SimilarCandidates candidates, CancellationToken cancellationToken)
    {
        var pool = target.IsPlain ? await users.PreparedSearchPoolAsync(cancellationToken) : await users.SearchPoolAsync(cancellationToken);
        await using var connection = await pool.OpenConnectionAsync(cancellationToken);
        var from = of.After is null ? float.PositiveInfinity : float.Parse(of.After.Value!, CultureInfo.InvariantCulture);
        SearchCursor? last = null;
        var rows = 0;
        try
        {
            await foreach (var batch in candidates.BatchesAsync(First, from, PassingAsync, cancellationToken))
            {
                if (await SpellingsAsync(batch, cancellationToken) is not { Count: > 0 } paths)
                    continue;
                await using var command = SimilarSql.Hits(connection, target, request, of.Labels, paths, of.After);
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                while (await reader.ReadAsync(cancellationToken))
                {
                    if (++rows > request.Limit)
                        return last;
                    to.Page.Add(reader, target.Shown, to.Links, similar: true);
                    if (rows == request.Limit)
                        last = new SearchCursor(reader.GetString(6), reader.GetString(0), reader.GetString(5));
                }
            }
            return null;
        }
        catch (PostgresException wrong) when (wrong.SqlState.StartsWith("22", StringComparison.Ordinal))
        {
            throw ColumnValues.Refused(wrong, request, target);
        }

        async Task<IReadOnlyCollection<long>?> PassingAsync(CancellationToken running)
        {
            var passing = new HashSet<string>();
            await using (var command = SimilarSql.Passing(connection, target, request, of.Labels, MostPassing + 1))
            await using (var reader = await command.ExecuteReaderAsync(running))
            {
                for (var read = 0; await reader.ReadAsync(running); passing.Add(reader.GetString(0)))
                {
                    if (++read > MostPassing)
                        return null;
                }
            }
            var known = await ContentImages.ContentsAsync(service.Source, passing, sql.Value.Workspace, running);
            return known.Select(k => k.ContentId).ToHashSet();
        }
    }

    private async Task<List<(string Path, float Similarity)>> SpellingsAsync(
        IReadOnlyList<SimilarContent> batch, CancellationToken cancellationToken)
    {
        if (batch.Count == 0)
            return [];
        var similarities = batch.ToDictionary(c => c.ContentId, c => c.Similarity);
        var spelled = await ContentImages.SpellingsAsync(service.Source, similarities.Keys, sql.Value.Workspace, cancellationToken);
        return spelled.ConvertAll(s => (s.Path, similarities[s.ContentId]));
    }
}
