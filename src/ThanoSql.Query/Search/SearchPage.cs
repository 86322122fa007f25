using System.Buffers;

namespace ThanoSql.Query.Search;

/// <summary>
/// A page of hits as JSON, written straight from the reader's bytes into a buffer that is used again: as a whole before any of it is sent, so that
/// what fails halfway is answered with its error.
/// </summary>
internal sealed class SearchPage : IDisposable
{
    private const int Usual = 16_384; // bytes; a page of 20 takes 7,000
    private const int MostKept = 1_000_000;

    private static readonly JsonEncodedText[] FixedNames =
        [.. new[] { "path", "keyword", "score", "version", "source" }.Select(name => JsonEncodedText.Encode(name))];

    private static readonly JsonEncodedText Similarity = JsonEncodedText.Encode("similarity");
    private static readonly JsonEncodedText Columns = JsonEncodedText.Encode("columns");
    private static readonly JsonEncodedText Image = JsonEncodedText.Encode("image");
    private static readonly JsonEncodedText Url = JsonEncodedText.Encode("url");
    private static readonly JsonEncodedText Ends = JsonEncodedText.Encode("expires");

    private static readonly JsonEncodedText Value = JsonEncodedText.Encode("value");

    private static readonly JsonSerializerOptions Names = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly ArrayBufferWriter<byte> _buffer = new(Usual);
    private readonly Utf8JsonWriter _json;
    private readonly List<JsonCell> _cells = [];
    private byte[] _cell = new byte[256];
    private int _length; // of what is in it
    private bool _numbersAsText;

    public SearchPage() => _json = new Utf8JsonWriter(_buffer, PandasSplit.Options);

    /// <summary>The whole, after <see cref="End"/>.</summary>
    public ReadOnlyMemory<byte> Json => _buffer.WrittenMemory;

    /// <summary>The whole, after <see cref="End"/>, as a record.</summary>
    public T Read<T>() => JsonSerializer.Deserialize<T>(Json.Span, Names)!;

    public void Dispose() => _json.Dispose();

    /// <summary>Whether it may be used again.</summary>
    public bool TryReset()
    {
        _json.Reset();
        _buffer.ResetWrittenCount();
        _cells.Clear();
        return _buffer.Capacity <= MostKept && _cell.Length <= MostKept;
    }

    /// <param name="request">What was asked for.</param>
    /// <param name="labels">That its words stand for.</param>
    /// <param name="unknown">Words that stand for none.</param>
    /// <param name="list">What the results are called.</param>
    public void Begin(
        SearchRequest request, IReadOnlyList<string> labels, IReadOnlyList<UnknownKeyword> unknown, string list = "results")
    {
        _numbersAsText = request.NumbersAsText;
        _json.WriteStartObject();
        _json.WriteString("table", request.Table);
        _json.WriteStartArray("keywords");
        foreach (var label in labels)
            _json.WriteStringValue(label);
        _json.WriteEndArray();
        _json.WriteStartArray("unknown_keywords");
        foreach (var word in unknown)
        {
            _json.WriteStartObject();
            _json.WriteString("keyword", word.Keyword);
            _json.WriteString("nearest", word.Nearest);
            _json.WriteEndObject();
        }
        _json.WriteEndArray();
        _json.WriteStartArray(list);
    }

    /// <summary>Writes the row that a reader is at.</summary>
    /// <param name="reader">Of <see cref="SearchSql"/>.</param>
    /// <param name="shown">The columns behind the fixed ones.</param>
    /// <param name="links">Of the page.</param>
    /// <param name="similar">Whether the sort value is told, as the row's similarity.</param>
    public void Add(
        NpgsqlDataReader reader, IReadOnlyList<(string Name, JsonEncodedText Json)> shown, PageLinks links, bool similar = false)
    {
        for (var i = _cells.Count; i < reader.FieldCount; i++)
            _cells.Add(JsonCell.Of(reader, i, _numbersAsText));
        _json.WriteStartObject();
        Write(FixedNames[0], reader, 0);
        ReadOnlySpan<byte> link = reader.IsDBNull(0) ? [] : links.Of(_cell.AsSpan(0, _length));
        for (var i = 1; i < FixedNames.Length; i++)
            Write(FixedNames[i], reader, i);
        if (similar)
            Write(Similarity, reader, SearchSql.FixedColumns - 1);
        _json.WriteStartObject(Columns);
        for (var i = 0; i < shown.Count; i++)
            Write(shown[i].Json, reader, SearchSql.FixedColumns + i);
        _json.WriteEndObject();
        if (link.Length > 0)
        {
            _json.WriteStartObject(Image);
            _json.WriteString(Url, link);
            _json.WriteString(Ends, links.Expires.UtcDateTime);
            _json.WriteEndObject();
        }
        _json.WriteEndObject();
    }

    /// <summary>Begins a result that is a group of hits.</summary>
    public void BeginGroup(string kind)
    {
        _json.WriteStartObject();
        _json.WriteString("kind", kind);
        _json.WriteStartArray("pictures");
    }

    /// <param name="more">Whether the group holds more than was written.</param>
    public void EndGroup(bool more)
    {
        _json.WriteEndArray();
        _json.WriteBoolean("more", more);
        _json.WriteEndObject();
    }

    /// <param name="next">The cursor of the next page; null on the last.</param>
    public void EndResults(string? next)
    {
        _json.WriteEndArray();
        _json.WriteString("next", next);
    }

    /// <param name="counts">Of all pages.</param>
    /// <param name="facets">Name of each, and PostgreSQL's number of its type.</param>
    public void Add(SearchCounts counts, IEnumerable<(string Name, uint Type)> facets)
    {
        _json.WriteStartObject("total");
        _json.WriteNumber(Value, counts.Total);
        _json.WriteString("relation", counts.IsEstimate ? "estimate" : "exact");
        _json.WriteEndObject();
        if (counts.Facets.Count == 0)
            return;
        _json.WriteStartObject("facets");
        foreach (var ((name, type), values) in facets.Zip(counts.Facets))
        {
            var column = new ResultColumn(name, _numbersAsText ? PostgresTypes.WithoutLongNumbers(type) : type, "");
            _json.WriteStartArray(name);
            foreach (var (value, hits) in values)
            {
                _json.WriteStartObject();
                _json.WritePropertyName(Value);
                JsonCells.Write(_json, value, column);
                _json.WriteNumber("count", hits);
                _json.WriteEndObject();
            }
            _json.WriteEndArray();
        }
        _json.WriteEndObject();
    }

    public void End()
    {
        _json.WriteEndObject();
        _json.Flush();
    }

    private void Write(JsonEncodedText name, NpgsqlDataReader reader, int column)
    {
        _json.WritePropertyName(name);
        if (reader.IsDBNull(column))
        {
            _json.WriteNullValue();
            return;
        }
        Read(reader, column);
        _cells[column].Write(_json, _cell.AsSpan(0, _length));
    }

    // The text as it came, without a string in between
    private void Read(NpgsqlDataReader reader, int column)
    {
        _length = (int)reader.GetBytes(column, 0, _cell, 0, _cell.Length);
        if (_length < _cell.Length)
            return;
        _length = (int)reader.GetBytes(column, 0, null, 0, 0); // perhaps there was more
        if (_cell.Length <= _length)
            _cell = new byte[2 * _length];
        reader.GetBytes(column, 0, _cell, 0, _length);
    }
}
