using ThanoSql.Query.Search;

namespace ThanoSql.Query.Similarity;

/// <summary>
/// The SQL of searches by picture. Candidates come as paths with their similarity; the table's rows that show them, and pass the filter, are hits.
/// </summary>
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

    /// <summary>The next paths of rows that pass the filter, in order, each once.</summary>
    /// <param name="connection">Of the searching role.</param>
    /// <param name="target">The table.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="labels">That its words stand for.</param>
    /// <param name="after">They begin behind it; null for the first.</param>
    /// <param name="most">At most so many.</param>
    public static NpgsqlCommand Next(
        NpgsqlConnection connection, SearchTarget target, SearchRequest request, IReadOnlyList<string> labels, string? after, int most) =>
        new SimilarSql(target, request, labels).Next(connection, after, most);

    /// <summary>Which of some paths rows have that pass the filter: the path, how many rows, and whether it comes before another path.</summary>
    /// <param name="connection">Of the searching role.</param>
    /// <param name="target">The table.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="labels">That its words stand for.</param>
    /// <param name="paths">In every spelling.</param>
    /// <param name="other">The other path.</param>
    public static NpgsqlCommand Shown(
        NpgsqlConnection connection, SearchTarget target, SearchRequest request, IReadOnlyList<string> labels, string[] paths, string other) =>
        new SimilarSql(target, request, labels).Shown(connection, paths, other);

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
            CultureInfo.InvariantCulture, $"(SELECT {_path} FROM {of.From} WHERE {of.Where} AND {IsShort} LIMIT {most})"));
        return Command(connection, string.Join(" UNION ALL ", scans));
    }

    private NpgsqlCommand Next(NpgsqlConnection connection, string? after, int most)
    {
        var behind = after is null ? "" : $" AND {_path} > {_hits.Next()}";
        var scans = _sources.Select(of => $"SELECT DISTINCT {_path} FROM {of.From} WHERE {of.Where} AND {IsShort}{behind}");
        var order = string.Create(CultureInfo.InvariantCulture, $"ORDER BY 1 LIMIT {most}");
        var command = Command(connection, $"{string.Join(" UNION ", scans)} {order}");
        if (after is not null)
            SearchHits.AddUntyped(command.Parameters, after);
        return command;
    }

    private NpgsqlCommand Shown(NpgsqlConnection connection, string[] paths, string other)
    {
        var (some, mark) = (_hits.Next(), _hits.Next());
        var command = Command(connection, string.Join(
            " UNION ALL ",
            _sources.Select(of => $"SELECT {_path}, pg_catalog.count(*), {_path} < {mark} FROM {of.From} "
                + $"JOIN pg_catalog.unnest({some}::text[]) AS n (path) ON {_path} = n.path WHERE {of.Where} GROUP BY {_path}")));
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = paths });
        SearchHits.AddUntyped(command.Parameters, other);
        return command;
    }

    private string IsShort => string.Create(CultureInfo.InvariantCulture, $"pg_catalog.octet_length({_path}::text) <= {LongestPath}");

    private NpgsqlCommand Command(NpgsqlConnection connection, string text)
    {
        var command = new NpgsqlCommand(text, connection) { AllResultTypesAreUnknown = true };
        SearchHits.AddValues(command.Parameters, _request, _labels);
        return command;
    }
}
