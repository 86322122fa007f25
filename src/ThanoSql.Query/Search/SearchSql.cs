using System.Buffers.Text;
using System.Security.Cryptography;
using NpgsqlTypes;

namespace ThanoSql.Query.Search;

/// <summary>
/// The SQL of a page. Everything from the request is a parameter of type text, cast to the column's type; names come from the pipeline's file. Pages
/// are cut by key, never by OFFSET, so a page costs the same however far in it lies; the index (keyword, score) serves the default order.
/// </summary>
internal sealed class SearchSql
{
    private readonly StringBuilder _sql = new();
    private readonly List<string> _values = [];

    private SearchSql()
    {
    }

    /// <summary>Of the columns that are always selected, in order: path, keyword, score, version, source, row, sort value.</summary>
    public const int FixedColumns = 7;

    public static NpgsqlCommand Command(
        NpgsqlConnection connection, SearchTarget target, SearchRequest request, IReadOnlyList<string> labels, SearchCursor? after)
    {
        var sql = new SearchSql();
        sql.Write(target, request, labels, after);
        var command = new NpgsqlCommand(sql._sql.ToString(), connection) { AllResultTypesAreUnknown = true };
        foreach (var value in sql._values)
            command.Parameters.Add(new NpgsqlParameter { Value = value, NpgsqlDbType = NpgsqlDbType.Text });
        return command;
    }

    private void Write(SearchTarget target, SearchRequest request, IReadOnlyList<string> labels, SearchCursor? after)
    {
        var definition = target.Definition;
        var index = definition.Columns;
        var (path, score, keyword) = (Column(definition.ImageCol), Column(index.Score), Column(index.Keyword));
        var byScore = request.Sort is null || request.Sort == index.Score;
        var sort = request.Sort is null ? score : Column(request.Sort);
        var descending = request.Sort is null || request.Descending;
        var shown = definition.Search.Columns.Where(target.Types.ContainsKey).Select(Column);

        _sql.Append("SELECT ").AppendJoin(", ", [path, keyword, score, Column(index.Version), Column(index.Source), "t.ctid", sort, .. shown])
            .Append(CultureInfo.InvariantCulture, $" FROM public.{Identifier.Quote(definition.Table)} AS t WHERE ");
        _sql.Append(labels.Count switch
        {
            0 => $"{keyword} IS NOT NULL",
            1 => $"{keyword} = {Value(labels[0])}",
            _ => $"{keyword} IN ({string.Join(", ", labels.Select(Value))})",
        });
        if (request.MinScore > 0)
            _sql.Append(CultureInfo.InvariantCulture, $" AND {score} >= {Value(request.MinScore.ToString(CultureInfo.InvariantCulture))}::real");
        foreach (var filter in request.Filters)
        {
            _sql.Append(
                CultureInfo.InvariantCulture, $" AND {Column(filter.Column)} {filter.Operator} {Value(filter.Value)}::{target.Types[filter.Column]}");
        }

        if (after is not null)
            WriteAfter(after, sort, path, target.Types[request.Sort ?? index.Score], descending, mayBeNull: !byScore);
        // A row with a keyword has a score; without the word NULLS the order is the index's own.
        var order = (descending ? "DESC" : "ASC") + (byScore ? "" : " NULLS LAST");
        _sql.Append(CultureInfo.InvariantCulture, $" ORDER BY {sort} {order}, {path}, t.ctid LIMIT {request.Limit + 1}");
    }

    private void WriteAfter(SearchCursor after, string sort, string path, string type, bool descending, bool mayBeNull)
    {
        var behindPath = $"({path}, t.ctid) > ({Value(after.Path)}, {Value(after.Row)}::tid)";
        if (after.Value is null)
        {
            _sql.Append(CultureInfo.InvariantCulture, $" AND {sort} IS NULL AND {behindPath}");
            return;
        }
        var value = $"{Value(after.Value)}::{type}";
        var (beyond, notBefore) = descending ? ("<", "<=") : (">", ">=");
        var orNull = mayBeNull ? $" OR {sort} IS NULL" : "";
        _sql.Append(CultureInfo.InvariantCulture, $" AND ({sort} {notBefore} {value}{orNull}) AND ({sort} {beyond} {value}{orNull} OR {behindPath})");
    }

    private string Value(string value)
    {
        _values.Add(value);
        return string.Create(CultureInfo.InvariantCulture, $"${_values.Count}");
    }

    private static string Column(string name) => $"t.{Identifier.Quote(name)}";
}

/// <summary>The last row of a page: the next page begins behind it. Opaque and signed, and good for the same search only.</summary>
/// <param name="Value">Of the sort column; null for NULL.</param>
/// <param name="Path">The image path.</param>
/// <param name="Row">The row's place (ctid): tells rows apart that share all else.</param>
internal sealed record SearchCursor(string? Value, string Path, string Row)
{
    private const string Purpose = "cursor";

    public async Task<string> ToTextAsync(SearchRequest request, LinkSigner signer, CancellationToken cancellationToken)
    {
        var payload = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(this));
        return $"{payload}.{await signer.SignAsync(Purpose, payload + Fingerprint(request), cancellationToken)}";
    }

    /// <exception cref="QueryException">It was not made by us, or for another search.</exception>
    public static async Task<SearchCursor?> ReadAsync(SearchRequest request, LinkSigner signer, CancellationToken cancellationToken)
    {
        if (request.After is not { } text)
            return null;
        var parts = text.Split('.');
        if (parts.Length != 2 || !await signer.IsValidAsync(Purpose, parts[0] + Fingerprint(request), parts[1], cancellationToken))
        {
            throw new QueryException(
                ErrorCode.BadRequest, "'after' does not belong to this search.",
                hint: "Send the 'next' of the page before, with the same parameters.");
        }

        return JsonSerializer.Deserialize<SearchCursor>(Base64Url.DecodeFromChars(parts[0]));
    }

    private static string Fingerprint(SearchRequest request)
    {
        var same = request with { After = null, Limit = 0, Width = 0 };
        var text = JsonSerializer.Serialize(same);
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }
}
