namespace ThanoSql.Query.Search;

/// <summary>
/// The SQL of a page. Pages are cut by key, never by OFFSET, so a page costs the same however far in it lies. Each keyword is an ordered scan of its
/// own over the index (keyword, sort column), which ends with the page; so are the rows without a value of the sort column, which come last.
/// </summary>
internal sealed class SearchSql
{
    /// <summary>Of the columns that are always selected, in order: path, keyword, score, version, source, row, sort value.</summary>
    public const int FixedColumns = 7;

    private readonly SearchTarget _target;
    private readonly SearchShape _shape;
    private readonly SearchHits _hits;
    private readonly string _path;
    private readonly string? _afterValue;
    private readonly string? _afterPath;
    private readonly string? _afterRow;

    private SearchSql(SearchTarget target, SearchRequest request, SearchShape shape)
    {
        (_target, _shape) = (target, shape);
        _hits = new SearchHits(target, request, shape);
        _path = SearchHits.Column(target.Definition.ImageCol);
        if (shape.After is CursorKind.Value or CursorKind.ValueWithoutPath)
            _afterValue = $"{_hits.Next()}::{target.Columns[request.Sort ?? target.Definition.Columns.Score].Type}";
        if (shape.After is CursorKind.Value or CursorKind.Null)
            _afterPath = _hits.Next();
        if (shape.After != CursorKind.None)
            _afterRow = $"{_hits.Next()}::tid";
    }

    private bool ByScore => _shape.Sort is null || _shape.Sort == _target.Definition.Columns.Score;

    private bool HasRowsWithoutPath => !_target.Columns.TryGetValue(_target.Definition.ImageCol, out var path) || !path.NotNull;

    private string Direction => _shape.Descending ? " DESC" : "";

    public static NpgsqlCommand Command(
        NpgsqlConnection connection, SearchTarget target, SearchRequest request, IReadOnlyList<string> labels, SearchCursor? after)
    {
        var shape = SearchShape.Of(request, labels.Count, after);
        var text = target.Statement(shape) ?? target.Keep(shape, new SearchSql(target, request, shape).Write());
        var command = new NpgsqlCommand(text, connection) { AllResultTypesAreUnknown = true };
        var values = command.Parameters;
        SearchHits.AddValues(values, request, labels);
        // In the order in which the constructor counts them
        if (after?.Value is not null)
            SearchHits.AddUntyped(values, after.Value);
        if (after?.Path is not null)
            SearchHits.AddUntyped(values, after.Path);
        if (after is not null)
            SearchHits.AddUntyped(values, after.Row);
        return command;
    }

    private string Write()
    {
        var keyword = _shape.Keywords switch
        {
            _ when _shape.Unsure => "IS NULL",
            0 => "IS NOT NULL",
            1 => $"= {_hits.Labels}",
            _ => "= k.label",
        };
        var scans = _hits.Sources(keyword).SelectMany(Scans).ToList();
        var merged = scans.Count == 1 ? scans[0] : $"({string.Join(") UNION ALL (", scans)})";
        var order = string.Create(
            CultureInfo.InvariantCulture, $"ORDER BY {FixedColumns}{Direction} NULLS LAST, 1, {FixedColumns - 1} LIMIT {_shape.Limit + 1}");
        if (_shape.Keywords > 1)
            return $"SELECT h.* FROM pg_catalog.unnest({_hits.Labels}) AS k (label) CROSS JOIN LATERAL ({merged}) AS h {order}";
        return scans.Count == 1 ? merged : $"{merged} {order}";
    }

    // Rows with a value of the sort column, then those without one; only behind the page before.
    private IEnumerable<string> Scans(HitSource of)
    {
        var sort = ByScore ? of.Score : SearchHits.Column(_shape.Sort!);
        if (_shape.After is CursorKind.Null or CursorKind.NullWithoutPath)
        {
            // Two scans, since the index holds no path of the second
            yield return Scan(of, sort, $" AND {sort} IS NULL AND {Behind}");
            if (_shape.After == CursorKind.Null && HasRowsWithoutPath)
                yield return Scan(of, sort, $" AND {sort} IS NULL AND {_path} IS NULL");
            yield break;
        }
        var beyond = "";
        if (_afterValue is not null)
        {
            var (sign, last) = (_shape.Descending ? "<" : ">", _shape.After == CursorKind.Value && HasRowsWithoutPath ? $" OR {_path} IS NULL" : "");
            beyond = $" AND {sort} {sign}= {_afterValue} AND ({sort} {sign} {_afterValue} OR {Behind}{last})";
        }
        if (ByScore)
        {
            yield return Scan(of, sort, $"{beyond} AND {sort} IS NOT NULL"); // what was keyed has a score
        }
        else if (_target.Columns[_shape.Sort!].NotNull)
        {
            yield return Scan(of, sort, beyond);
        }
        else
        {
            yield return Scan(of, sort, $"{beyond} AND {sort} IS NOT NULL");
            yield return Scan(of, sort, $" AND {sort} IS NULL");
        }
    }

    private string Behind => _afterPath is null ? $"{_path} IS NULL AND t.ctid > {_afterRow}" : $"({_path}, t.ctid) > ({_afterPath}, {_afterRow})";

    private string Scan(HitSource of, string sort, string further)
    {
        var index = _target.Definition.Columns;
        string[] columns = [_path, of.Keyword, of.Score, SearchHits.Column(index.Version), SearchHits.Column(index.Source), "t.ctid", sort];
        var list = string.Join(", ", columns.Concat(_target.Shown.Select(shown => SearchHits.Column(shown.Name))));
        var none = _shape.Unsure ? $"{of.Keyword}, " : ""; // always NULL: so named, the index (keyword, score) gives this order
        return string.Create(
            CultureInfo.InvariantCulture,
            $"SELECT {list} FROM {of.From} WHERE {of.Where}{further} ORDER BY {none}{sort}{Direction}, {_path}, t.ctid LIMIT {_shape.Limit + 1}");
    }
}
