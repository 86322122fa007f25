using ThanoSql.Query.Search;

namespace ThanoSql.Query.Similarity;

/// <summary>The SQL of a page of similar pictures. Candidates come as paths with their similarity; the table's rows that show them are hits.</summary>
internal sealed class SimilarSql
{
    private const int LongestPath = 4096; // bytes: no object's name is as long

    private readonly SearchTarget _target;
    private readonly SearchRequest _request;
    private readonly IReadOnlyList<string> _labels;
    private readonly SearchHits _hits;
    private readonly IReadOnlyList<HitSource> _sources;
    private readonly string _path;

    private SimilarSql(SearchTarget target, SearchRequest request, IReadOnlyList<string> labels)
    {
        (_target, _request, _labels) = (target, request, labels);
        _hits = new SearchHits(target, request, SearchShape.Of(request, labels.Count, null));
        _path = SearchHits.Column(target.Definition.ImageCol);
        var keyword = labels.Count switch
        {
            _ when request.Unsure => "IS NULL",
            0 => null,
            1 => $"= {_hits.Labels}",
            _ => $"= ANY ({_hits.Labels})",
        };
        _sources = _hits.Sources(keyword, rows: "");
        if (request.Unsure)
            _sources = [.. _sources.Select(of => of with { Where = $"{of.Where} AND {of.Score} IS NOT NULL" })];
    }

    /// <summary>The rows of candidates, with the columns of <see cref="SearchSql"/>; the sort value is the similarity.</summary>
    /// <param name="connection">Of the searching role.</param>
    /// <param name="target">The table.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="labels">That its words stand for.</param>
    /// <param name="candidates">Paths in every spelling, with the similarity of their pictures.</param>
    /// <param name="after">The page begins behind it.</param>
    public static NpgsqlCommand Hits(
        NpgsqlConnection connection, SearchTarget target, SearchRequest request, IReadOnlyList<string> labels,
        IReadOnlyList<(string Path, float Similarity)> candidates, SearchCursor? after) =>
        new SimilarSql(target, request, labels).Hits(connection, candidates, after);

    /// <summary>The paths of rows that pass the filter, whatever they show.</summary>
    /// <param name="connection">Of the searching role.</param>
    /// <param name="target">The table.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="labels">That its words stand for.</param>
    /// <param name="most">At most so many.</param>
    public static NpgsqlCommand Passing(
        NpgsqlConnection connection, SearchTarget target, SearchRequest request, IReadOnlyList<string> labels, int most) =>
        new SimilarSql(target, request, labels).Passing(connection, most);

    private NpgsqlCommand Hits(NpgsqlConnection connection, IReadOnlyList<(string Path, float Similarity)> candidates, SearchCursor? after)
    {
        var candidate =
            $"ROWS FROM (pg_catalog.unnest({_hits.Next()}::text[]), pg_catalog.unnest({_hits.Next()}::real[])) AS n (path, similarity)";
        var behind = after is null ? "" : Behind(_hits.Next(), _hits.Next(), _hits.Next());
        var index = _target.Definition.Columns;
        var scans = _sources.Select(of =>
        {
            string[] columns =
            [
                _path, of.Keyword, of.Score, SearchHits.Column(index.Version), SearchHits.Column(index.Source), "t.ctid", "n.similarity",
                .. _target.Shown.Select(shown => SearchHits.Column(shown.Name)),
            ];
            return $"SELECT {string.Join(", ", columns)} FROM {of.From} JOIN {candidate} ON {_path} = n.path WHERE {of.Where}{behind}";
        });
        var order = string.Create(
            CultureInfo.InvariantCulture, $"ORDER BY {SearchSql.FixedColumns} DESC, 1, {SearchSql.FixedColumns - 1} LIMIT {_request.Limit + 1}");
        var command = Command(connection, $"{string.Join(" UNION ALL ", scans)} {order}");
        var values = command.Parameters;
        values.Add(new NpgsqlParameter<string[]> { TypedValue = [.. candidates.Select(c => c.Path)] });
        values.Add(new NpgsqlParameter<float[]> { TypedValue = [.. candidates.Select(c => c.Similarity)] });
        if (after is not null)
        {
            SearchHits.AddUntyped(values, after.Value!);
            SearchHits.AddUntyped(values, after.Path!);
            SearchHits.AddUntyped(values, after.Row);
        }
        return command;
    }

    private string Behind(string similarity, string path, string row) =>
        $" AND n.similarity <= {similarity}::real AND (n.similarity < {similarity}::real OR ({_path}, t.ctid) > ({path}, {row}::tid))";

    private NpgsqlCommand Passing(NpgsqlConnection connection, int most)
    {
        var scans = _sources.Select(of => string.Create(
            CultureInfo.InvariantCulture,
            $"(SELECT {_path} FROM {of.From} WHERE {of.Where} AND pg_catalog.octet_length({_path}::text) <= {LongestPath} LIMIT {most})"));
        return Command(connection, string.Join(" UNION ALL ", scans));
    }

    private NpgsqlCommand Command(NpgsqlConnection connection, string text)
    {
        var command = new NpgsqlCommand(text, connection) { AllResultTypesAreUnknown = true };
        SearchHits.AddValues(command.Parameters, _request, _labels);
        return command;
    }
}
