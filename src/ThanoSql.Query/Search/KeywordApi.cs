using System.ComponentModel;
using System.Text.Json.Serialization;

namespace ThanoSql.Query.Search;

/// <summary><c>GET /api/v1/keywords</c>: what a table can be searched by, and completion of what somebody types.</summary>
internal static class KeywordApi
{
    private const int UsualWords = 10;
    private const int MostWords = 100;

    public static void Map(IEndpointRouteBuilder endpoints) => endpoints.MapGet("/api/v1/keywords", ListAsync)
        .RequireAnyToken()
        .WithName("Keywords").WithTags("search")
        .WithSummary("The labels of a pipeline's table and how many rows carry each; with 'prefix' those that complete what was typed")
        .Produces<KeywordList>().ProducesProblem(400).ProducesProblem(404);

    private static async Task<IResult> ListAsync(
        HttpContext context,
        [Description("The pipeline's table.")] string table,
        [FromServices] KeywordLists keywords,
        [Description("What was typed: the beginning of a label or synonym, the initial consonants of Korean syllables, one letter wrong at most.")]
        string? prefix = null,
        [Description("With 'prefix': how many labels, 1 to 100.")] int limit = UsualWords)
    {
        if (limit is < 1 or > MostWords)
            throw new QueryException(ErrorCode.BadRequest, $"'limit' is a number from 1 to {MostWords}, not '{limit}'.");
        var token = TokenAuthentication.TokenOf(context);
        return TypedResults.Ok(new KeywordList(table, prefix is null
            ? await keywords.AllAsync(table, token, context.RequestAborted)
            : await keywords.CompleteAsync(table, prefix, limit, token, context.RequestAborted)));
    }

    /// <param name="Keywords">The most frequent first; with a prefix, those that begin so before those that only come near.</param>
    private sealed record KeywordList(string Table, IReadOnlyList<KeywordCount> Keywords);
}

/// <summary>What a table can be searched by.</summary>
internal sealed class KeywordLists(SearchCatalog catalog, KeywordCounts counts, SearchTurns turns, IOptions<SqlOptions> sql)
{
    /// <summary>The labels of a table's model and how many rows carry each; also labels that people gave and the model does not know.</summary>
    public async Task<IReadOnlyList<KeywordCount>> AllAsync(string table, ApiToken token, CancellationToken cancellationToken)
    {
        token.CheckTable(table);
        using var turn = await turns.EnterAsync(token.Name, cancellationToken);
        var target = await catalog.FindAsync(table, cancellationToken);
        var rows = await counts.NowAsync(target, token.Paths(sql.Value.Workspace), cancellationToken);
        return [.. LabelSpellings.Merge([.. target.Labels.Union(rows.Keys).Select(label => ((string?)label, rows.GetValueOrDefault(label)))])
            .Select(counted => new KeywordCount(counted.Value!, counted.Hits, target.SynonymsOf(counted.Value!)))
            .OrderByDescending(k => k.Count).ThenBy(k => k.Keyword, StringComparer.Ordinal)];
    }

    /// <summary>Labels that complete what was typed, from memory; the counts are up to half a minute old.</summary>
    public async Task<IReadOnlyList<KeywordCount>> CompleteAsync(
        string table, string prefix, int limit, ApiToken token, CancellationToken cancellationToken)
    {
        token.CheckTable(table);
        using var turn = await turns.EnterAsync(token.Name, cancellationToken);
        var target = await catalog.FindAsync(table, cancellationToken);
        var rows = await counts.RecentAsync(target, token.Paths(sql.Value.Workspace), cancellationToken);
        return [.. target.Completion.Find(prefix, label => rows.GetValueOrDefault(label)).Take(limit)
            .Select(found => new KeywordCount(
                found.Label, target.Words.LabelsOf(found.Label).Sum(label => rows.GetValueOrDefault(label)), target.SynonymsOf(found.Label))
            {
                Matched = found.Word,
            })];
    }
}

/// <summary>A label and how many rows carry it.</summary>
/// <param name="Synonyms">Other words by which it is found.</param>
internal sealed record KeywordCount(string Keyword, long Count, IReadOnlyList<string> Synonyms)
{
    /// <summary>The word that completes what was typed: the label or a synonym.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Matched { get; init; }
}
