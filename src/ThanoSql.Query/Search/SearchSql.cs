using NpgsqlTypes;

namespace ThanoSql.Query.Search;

/// <summary>
/// The SQL of a page. Everything from the request is a parameter, which the server reads as the column's type; names come from the pipeline's file.
/// Pages are cut by key, never by OFFSET, so a page costs the same however far in it lies. Each keyword is an ordered scan of its own over the index
/// (keyword, sort column), which ends with the page; so are the rows without a value of the sort column, which come last.
/// </summary>
internal sealed class SearchSql
{
    /// <summary>Of the columns that are always selected, in order: path, keyword, score, version, source, row, sort value.</summary>
    public const int FixedColumns = 7;

    private const int MostTexts = 200; // of a table

    private readonly SearchTarget _target;
    private readonly SearchRequest _request;
    private readonly SearchShape _shape;
    private readonly string _path;
    private readonly string _sort;
    private int _values;

    private SearchSql(SearchTarget target, SearchRequest request, SearchShape shape)
    {
        (_target, _request, _shape) = (target, request, shape);
        (_path, _sort) = (Column(target.Definition.ImageCol), Column(request.Sort ?? target.Definition.Columns.Score));
    }

    private bool ByScore => _request.Sort is null || _request.Sort == _target.Definition.Columns.Score;

    // A row with a keyword has a score
    private bool HasNulls => !ByScore && !_target.Columns[_request.Sort!].NotNull;

    private string Direction => _shape.Descending ? " DESC" : "";

    public static NpgsqlCommand Command(
        NpgsqlConnection connection, SearchTarget target, SearchRequest request, IReadOnlyList<string> labels, SearchCursor? after)
    {
        var shape = SearchShape.Of(request, labels.Count, after);
        if (!target.Statements.TryGetValue(shape, out var text))
        {
            text = new SearchSql(target, request, shape).Write();
            if (target.Statements.Count < MostTexts)
                target.Statements.TryAdd(shape, text);
        }
        var command = new NpgsqlCommand(text, connection) { AllResultTypesAreUnknown = true };
        AddValues(command.Parameters, request, labels, after);
        return command;
    }

    // In the order in which Write counts them
    private static void AddValues(NpgsqlParameterCollection values, SearchRequest request, IReadOnlyList<string> labels, SearchCursor? after)
    {
        if (labels.Count == 1)
            values.Add(new NpgsqlParameter { Value = labels[0], NpgsqlDbType = NpgsqlDbType.Text });
        else if (labels.Count > 1)
            values.Add(new NpgsqlParameter { Value = labels, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        if (request.MinScore > 0)
            Add(request.MinScore.ToString(CultureInfo.InvariantCulture));
        foreach (var filter in request.Filters)
            Add(filter.Value);
        if (request.Paths.Count > 0)
            values.Add(new NpgsqlParameter { Value = request.Paths, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        if (after?.Value is not null)
            Add(after.Value);
        if (after is not null)
        {
            Add(after.Path);
            Add(after.Row);
        }

        // Of no type: the server reads it as what the text casts it to
        void Add(string value) => values.Add(new NpgsqlParameter { Value = value, NpgsqlDbType = NpgsqlDbType.Unknown });
    }

    /// <summary>Rows whose path begins with one of some texts: a condition on each row that an ordered scan passes, as filters are.</summary>
    /// <param name="path">The column.</param>
    /// <param name="texts">A parameter.</param>
    public static string Below(string path, string texts) => $"{path}::pg_catalog.text OPERATOR(pg_catalog.^@) ANY ({texts})";

    private string Write()
    {
        var keyword = Column(_target.Definition.Columns.Keyword);
        var list = _shape.Keywords > 0 ? Next() : null;
        var hit = _shape.Keywords switch
        {
            0 => $"{keyword} IS NOT NULL",
            1 => $"{keyword} = {list}",
            _ => $"{keyword} = k.label",
        };
        var scans = Scans(hit + Conditions());
        var merged = scans.Count == 1 ? scans[0] : $"({string.Join(") UNION ALL (", scans)})";
        var order = string.Create(
            CultureInfo.InvariantCulture, $"ORDER BY {FixedColumns}{Direction} NULLS LAST, 1, {FixedColumns - 1} LIMIT {_shape.Limit + 1}");
        if (_shape.Keywords > 1)
            return $"SELECT h.* FROM pg_catalog.unnest({list}) AS k (label) CROSS JOIN LATERAL ({merged}) AS h {order}";
        return scans.Count == 1 ? merged : $"{merged} {order}";
    }

    private string Conditions()
    {
        var sql = new StringBuilder();
        if (_request.MinScore > 0)
            sql.Append(CultureInfo.InvariantCulture, $" AND {Column(_target.Definition.Columns.Score)} >= {Next()}::real");
        foreach (var filter in _request.Filters)
        {
            var type = _target.Columns[filter.Column].Type;
            sql.Append(CultureInfo.InvariantCulture, $" AND {Column(filter.Column)} {filter.Operator} {Next()}::{type}");
        }
        if (_request.Paths.Count > 0)
            sql.Append(" AND ").Append(Below(_path, Next()));
        // Only a relation with a file of its own is read: a view that somebody put in the table's place would bring code of its own
        if (_target.IsPlain)
            sql.Append(" AND pg_catalog.pg_relation_filenode(").Append(Identifier.Literal(Table)).Append("::pg_catalog.regclass) IS NOT NULL");
        return sql.ToString();
    }

    // Rows with a value of the sort column, then those without one; only behind the page before.
    private List<string> Scans(string hits)
    {
        if (_shape.After == CursorKind.Null)
            return [Scan($"{hits} AND {_sort} IS NULL AND {Behind()}")];
        var beyond = "";
        if (_shape.After == CursorKind.Value)
        {
            var value = $"{Next()}::{_target.Columns[_request.Sort ?? _target.Definition.Columns.Score].Type}";
            var sign = _shape.Descending ? "<" : ">";
            beyond = $" AND {_sort} {sign}= {value} AND ({_sort} {sign} {value} OR {Behind()})";
        }
        return HasNulls
            ? [Scan($"{hits}{beyond} AND {_sort} IS NOT NULL"), Scan($"{hits} AND {_sort} IS NULL")]
            : [Scan(hits + beyond)];
    }

    private string Scan(string where)
    {
        var index = _target.Definition.Columns;
        string[] columns =
            [_path, Column(index.Keyword), Column(index.Score), Column(index.Version), Column(index.Source), "t.ctid", _sort];
        var list = string.Join(", ", columns.Concat(_target.Shown.Select(shown => Column(shown.Name))));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"SELECT {list} FROM {Table} AS t WHERE {where} ORDER BY {_sort}{Direction}, {_path}, t.ctid LIMIT {_shape.Limit + 1}");
    }

    private string Table => $"public.{Identifier.Quote(_target.Definition.Table)}";

    private string Behind() => $"({_path}, t.ctid) > ({Next()}, {Next()}::tid)";

    private string Next() => string.Create(CultureInfo.InvariantCulture, $"${++_values}");

    private static string Column(string name) => $"t.{Identifier.Quote(name)}";
}

/// <summary>What decides the text of a search's statement; all else are its values.</summary>
/// <param name="Keywords">0, 1, or 2 for any number of them.</param>
/// <param name="Filters">Column and operator of each, in order.</param>
/// <param name="Sort">Null for the score.</param>
/// <param name="HasPaths">Whether the token sees some paths only.</param>
internal readonly record struct SearchShape(
    int Keywords, bool HasMinScore, string Filters, string? Sort, bool Descending, int Limit, CursorKind After, bool HasPaths)
{
    public static SearchShape Of(SearchRequest request, int labels, SearchCursor? after) => new(
        Math.Min(labels, 2), request.MinScore > 0,
        request.Filters.Count == 0 ? "" : string.Join('\n', request.Filters.Select(f => $"{f.Column} {f.Operator}")),
        request.Sort, request.Sort is null || request.Descending, request.Limit,
        after is null ? CursorKind.None : after.Value is null ? CursorKind.Null : CursorKind.Value, request.Paths.Count > 0);
}

/// <summary>What a page begins behind.</summary>
internal enum CursorKind
{
    None,
    Value,

    /// <summary>A row without a value of the sort column.</summary>
    Null,
}
