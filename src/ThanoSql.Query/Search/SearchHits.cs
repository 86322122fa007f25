using NpgsqlTypes;
using ThanoSql.Catalog.Keywords;

namespace ThanoSql.Query.Search;

/// <summary>
/// Which rows are hits, in SQL: what pages and counts of a search share. Everything from the request is a parameter, numbered in the order of
/// <see cref="AddValues"/>; names come from the pipeline's file.
/// </summary>
internal sealed class SearchHits
{
    private readonly SearchTarget _target;
    private readonly SearchShape _shape;
    private readonly string? _minScore;
    private readonly string _filters;
    private int _values;

    public SearchHits(SearchTarget target, SearchRequest request, SearchShape shape)
    {
        (_target, _shape) = (target, shape);
        Labels = shape.Keywords > 0 ? Next() : null;
        _minScore = shape.HasMinScore ? Next() : null;
        var filters = new StringBuilder();
        foreach (var filter in request.Filters)
            filters.Append(" AND ").Append(filter.ToSql(Column(filter.Column), target.Columns[filter.Column], Next));
        if (shape.HasPaths)
            filters.Append(" AND ").Append(Below(Path, Next()));
        // Only a relation with a file of its own is read: a view that somebody put in the table's place would bring code of its own
        if (target.IsPlain)
            filters.Append(" AND pg_catalog.pg_relation_filenode(").Append(Identifier.Literal(Table)).Append("::pg_catalog.regclass) IS NOT NULL");
        _filters = filters.ToString();
    }

    /// <summary>The parameter with the label, or with the array of them; null where any keyword will do.</summary>
    public string? Labels { get; }

    public string Table => $"public.{Identifier.Quote(_target.Definition.Table)}";

    public static void AddValues(NpgsqlParameterCollection values, SearchRequest request, IReadOnlyList<string> labels)
    {
        if (labels.Count == 1)
            values.Add(new NpgsqlParameter { Value = labels[0], NpgsqlDbType = NpgsqlDbType.Text });
        else if (labels.Count > 1)
            values.Add(new NpgsqlParameter { Value = labels, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        if (request.MinScore > 0)
            AddUntyped(values, request.MinScore.ToString(CultureInfo.InvariantCulture));
        foreach (var filter in request.Filters)
        {
            if (filter.HasValue)
                AddUntyped(values, filter.Value);
        }
        if (request.Paths.Count > 0)
            values.Add(new NpgsqlParameter { Value = request.Paths, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
    }

    /// <summary>Rows whose path begins with one of some texts: a condition on each row that an ordered scan passes, as filters are.</summary>
    /// <param name="path">The column.</param>
    /// <param name="texts">A parameter.</param>
    public static string Below(string path, string texts) => $"{path}::pg_catalog.text OPERATOR(pg_catalog.^@) ANY ({texts})";

    /// <summary>Of no type: the server reads it as what the text casts it to.</summary>
    public static void AddUntyped(NpgsqlParameterCollection values, string value) =>
        values.Add(new NpgsqlParameter { Value = value, NpgsqlDbType = NpgsqlDbType.Unknown });

    /// <summary>
    /// Where hits are found. By the table's own keyword; where further ranks count, first among what people said, which is all there is of those
    /// rows, then among the keywords that are kept of images: from those to rows by the index on their paths, from a sample of rows to those of each.
    /// </summary>
    /// <param name="keyword">The comparison with the labels, such as <c>= $1</c>; null where a hit needs no keyword.</param>
    /// <param name="rows">
    /// Which of the table's rows are looked at, where they are found first: a clause TABLESAMPLE, or nothing for those that a join gives. Null where
    /// keywords lead to them.
    /// </param>
    public IReadOnlyList<HitSource> Sources(string? keyword, string? rows = null)
    {
        var columns = _target.Definition.Columns;
        var own = new HitSource(Column(columns.Keyword), Column(columns.Score), $"{Table} AS t{rows}", "");
        if (_shape.Ranks == 1)
            return [own with { Where = $"{(keyword is null ? "true" : $"{own.Keyword} {keyword}")}{Conditions(own)}" }];
        var source = Column(columns.Source);
        var person = own with { Where = $"{own.Keyword} {keyword} AND {source} = 'person' AND {own.Score} >= 1::real{Conditions(own)}" };
        var isKept = string.Create(
            CultureInfo.InvariantCulture, $"a.version_id = {Version} AND a.keyword {keyword} AND a.rank <= {_shape.Ranks}{Once()}");
        var kept = new HitSource("a.keyword", "a.score", "", "");
        kept = rows is null
            ? kept with
            {
                From = $"thanosql.answer AS a JOIN {Table} AS t ON {AnswerSql.IsHitByIndex(Path, _target.Workspace)}",
                Where = $"{isKept} AND {source} = 'model'{Conditions(kept)}",
            }
            : kept with
            {
                From = $"{Table} AS t{rows} CROSS JOIN LATERAL (SELECT a.keyword, a.score FROM thanosql.answer AS a "
                    + $"WHERE {AnswerSql.IsHitByHash(Path, _target.Workspace)} AND {isKept} LIMIT 1) AS a",
                Where = $"{source} = 'model'{Conditions(kept)}",
            };
        return _shape.MatchesAll ? [kept] : [person, kept]; // a person says one word
    }

    public string Next() => string.Create(CultureInfo.InvariantCulture, $"${++_values}");

    public static string Column(string name) => $"t.{Identifier.Quote(name)}";

    private string Path => Column(_target.Definition.ImageCol);

    private string Version =>
        $"(SELECT v.version_id FROM thanosql.serving_version v WHERE v.model = {Identifier.Literal(_target.Definition.Model.Name)})";

    private string Conditions(HitSource of) => (_minScore is null ? "" : $" AND {of.Score} >= {_minScore}::real") + _filters;

    // An image with several of the keywords is one hit: by its best one, and where all are asked for, by its worst
    private string Once()
    {
        if (_shape.Keywords < 2)
            return "";
        var better = $"""
            FROM thanosql.answer AS b
            WHERE b.version_id = a.version_id AND b.bucket = a.bucket AND b.key = a.key AND b.rank < a.rank AND b.keyword = ANY ({Labels})
            """;
        return _shape.MatchesAll
            ? $" AND (SELECT pg_catalog.count(*) {better}) = pg_catalog.cardinality({Labels}) - 1"
            : $" AND NOT EXISTS (SELECT {better})";
    }
}

/// <summary>A place where hits are found, with the table's row as <c>t</c>.</summary>
/// <param name="Keyword">That makes a row a hit: an expression.</param>
/// <param name="Score">Of that keyword: an expression.</param>
internal sealed record HitSource(string Keyword, string Score, string From, string Where);
