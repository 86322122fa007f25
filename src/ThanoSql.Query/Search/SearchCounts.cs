using NpgsqlTypes;

namespace ThanoSql.Query.Search;

/// <summary>
/// How many hits there are, and how many of each value of some columns, by one statement. In a large table those on a part of its pages are counted
/// first, and multiplied. Where that makes more than <see cref="Exactly"/> hits it is the answer, after the same time in a table of any size; fewer
/// are counted one by one. The part is the same each time, so numbers stay from page to page.
/// </summary>
/// <param name="Total">Of hits.</param>
/// <param name="IsEstimate">Whether they were multiplied.</param>
/// <param name="Facets">In the order of the request: value as PostgreSQL writes it (null for NULL) and hits, the most frequent first.</param>
internal sealed record SearchCounts(long Total, bool IsEstimate, IReadOnlyList<IReadOnlyList<(string? Value, long Hits)>> Facets)
{
    /// <summary>Hits that are counted one by one.</summary>
    public const int Exactly = 10_000;

    private const int ValuesOfFacet = 50;
    private const int SampledPages = 1_000; // some 15 ms
    private const int SampledPagesOfRanks = 30; // each row's image is looked up there

    /// <summary>Of a search whose keywords nobody knows.</summary>
    public static SearchCounts None(SearchRequest request) => new(0, false, [.. request.Facets.Select(_ => (IReadOnlyList<(string?, long)>)[])]);

    public static async Task<SearchCounts> ReadAsync(
        NpgsqlConnection connection, SearchTarget target, SearchRequest request, IReadOnlyList<string> labels, CancellationToken cancellationToken)
    {
        var percent = Percent(target, request);
        var shape = SearchShape.OfCounts(request, labels.Count, samples: percent < 100);
        var text = target.Statement(shape) ?? target.Keep(shape, Write(target, request, shape));
        await using var command = new NpgsqlCommand(text, connection);
        SearchHits.AddValues(command.Parameters, request, labels);
        if (shape.Samples)
            command.Parameters.Add(new NpgsqlParameter { Value = percent, NpgsqlDbType = NpgsqlDbType.Real });
        var facets = request.Facets.Select(_ => new List<(string? Value, long Hits)>()).ToList();
        var (total, isEstimate) = (0L, false);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var (facet, value, hits) = (reader.GetInt32(0), reader.IsDBNull(1) ? null : reader.GetString(1), reader.GetInt64(2));
            if (facet == 0)
                (total, isEstimate) = (hits, value == "true");
            else
                facets[facet - 1].Add((value, hits));
        }
        foreach (var (place, name) in request.Facets.Index())
        {
            if (name == SearchRequest.KeywordFacet)
                facets[place] = [.. LabelSpellings.Merge(facets[place])];
        }
        return isEstimate
            ? new SearchCounts(Multiplied(total), true, [.. facets.Select(f => f.ConvertAll(v => (v.Value, Multiplied(v.Hits))))])
            : new SearchCounts(total, false, facets);

        long Multiplied(long hits) => (long)Math.Round(hits * 100.0 / percent);
    }

    private static float Percent(SearchTarget target, SearchRequest request) => request.Total == TotalKind.Exact
        ? 100
        : Math.Min(100f, 100f * (request.Rank > 1 ? SampledPagesOfRanks : SampledPages) / Math.Max(1, target.Pages));

    private static string Write(SearchTarget target, SearchRequest request, SearchShape shape)
    {
        var hits = new SearchHits(target, request, shape);
        var keyword = shape.Keywords switch
        {
            _ when shape.Unsure => "IS NULL",
            0 => "IS NOT NULL",
            1 => $"= {hits.Labels}",
            _ => $"= ANY ({hits.Labels})",
        };
        var all = Hits(hits.Sources(keyword), target, request);
        var sql = new StringBuilder("WITH ");
        if (shape.Samples)
        {
            var percent = hits.Next();
            var sample = Hits(hits.Sources(keyword, $" TABLESAMPLE SYSTEM ({percent}) REPEATABLE (1)"), target, request);
            sql.Append(CultureInfo.InvariantCulture, $"""
                sample AS MATERIALIZED ({sample}),
                many AS MATERIALIZED (SELECT pg_catalog.count(*) * 100 / {percent} > {Exactly} AS yes FROM sample),
                hit AS MATERIALIZED (
                    SELECT * FROM sample WHERE (SELECT yes FROM many) UNION ALL SELECT * FROM ({all}) AS s WHERE NOT (SELECT yes FROM many))
                """);
        }
        else
        {
            sql.Append("many AS (SELECT false AS yes), hit AS MATERIALIZED (").Append(all).Append(')');
        }
        sql.Append(" SELECT 0, (SELECT yes FROM many)::text, pg_catalog.count(*) FROM hit");
        for (var i = 1; i <= request.Facets.Count; i++)
        {
            sql.Append(CultureInfo.InvariantCulture, $"""
                 UNION ALL (SELECT {i}, c{i}::text, pg_catalog.count(*) FROM hit GROUP BY c{i} ORDER BY 3 DESC, 2 LIMIT {ValuesOfFacet})
                """);
        }
        return sql.ToString();
    }

    private static string Hits(IEnumerable<HitSource> sources, SearchTarget target, SearchRequest request) => string.Join(
        " UNION ALL ",
        sources.Select(of => $"SELECT {string.Join(", ", request.Facets.Select((f, i) => Value(of, f, i + 1)).Prepend("1 AS c0"))} "
            + $"FROM {of.From} WHERE {of.Where} AND {of.Score} IS NOT NULL"));

    private static string Value(HitSource of, string facet, int number) => string.Create(
        CultureInfo.InvariantCulture, $"{(facet == SearchRequest.KeywordFacet ? of.Keyword : SearchHits.Column(facet))} AS c{number}");
}
