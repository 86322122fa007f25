using System.Buffers.Text;

namespace ThanoSql.Query.Results;

/// <summary>
/// A result as a SELECT of PostgreSQL that holds its own rows: clients that only read results from a database get what the engine found, once,
/// without a table that somebody would have to drop.
/// </summary>
/// <remarks>
/// Clients send the text through drivers and SQLAlchemy, which read <c>%</c> and <c>:name</c> in it as places for values: it has neither, whatever
/// the rows and the names of the columns hold.
/// </remarks>
internal static class InlineRows
{
    /// <summary>Bytes of rows, beyond which a text takes a server's session more memory than it should have.</summary>
    public const int Most = 32_000_000;

    /// <exception cref="QueryException">The rows are too many; the hint says what to do.</exception>
    public static string Select(ResultTable table)
    {
        using var rows = new MemoryStream();
        using (var json = new Utf8JsonWriter(rows, PandasSplit.Options))
            Write(json, rows, table);

        var sql = new StringBuilder("SELECT ");
        for (var i = 0; i < table.Columns.Count; i++)
        {
            sql.Append(i == 0 ? "" : ", ");
            sql.Append(CultureInfo.InvariantCulture, $"CAST(c{i} AS {TypeOf(table.Columns[i].TypeId)}) AS {Name(table.Columns[i].Name)}");
        }
        sql.Append(" FROM json_to_recordset(CAST(convert_from(decode('");
        var base64 = new byte[Base64.GetMaxEncodedToUtf8Length((int)rows.Length)];
        Base64.EncodeToUtf8(rows.GetBuffer().AsSpan(0, (int)rows.Length), base64, out _, out var written);
        sql.Append(Encoding.ASCII.GetString(base64, 0, written));
        sql.Append("', 'base64'), 'UTF8') AS json)) AS r (");
        sql.AppendJoin(", ", Enumerable.Range(0, table.Columns.Count).Select(i => string.Create(CultureInfo.InvariantCulture, $"c{i} text")));
        return sql.Append(')').ToString();
    }

    private static void Write(Utf8JsonWriter json, MemoryStream to, ResultTable table)
    {
        var names = table.Columns.Select((_, i) => JsonEncodedText.Encode(string.Create(CultureInfo.InvariantCulture, $"c{i}"))).ToArray();
        json.WriteStartArray();
        foreach (var row in table.Rows)
        {
            json.WriteStartObject();
            for (var i = 0; i < row.Length; i++)
            {
                if (row[i] is { } cell)
                    json.WriteString(names[i], cell);
            }
            json.WriteEndObject();
            if (to.Length + json.BytesPending > Most)
            {
                throw new QueryException(
                    ErrorCode.TooLarge, $"The result has more than {Most / 1_000_000} MB, which this client cannot be handed.",
                    hint: "Ask for fewer rows or columns (LIMIT), or keep them with CREATE TABLE … AS and read the table from PostgreSQL.");
            }
        }
        json.WriteEndArray();
    }

    // A quoted name with everything escaped that is no plain letter (section 4.1.1 of PostgreSQL's manual)
    private static string Name(string name)
    {
        var quoted = new StringBuilder("U&\"");
        foreach (var rune in name.EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune) || rune.Value == '_')
                quoted.Append(rune.ToString());
            else
                quoted.Append(CultureInfo.InvariantCulture, $"\\+{rune.Value:X6}");
        }
        return quoted.Append('"').ToString();
    }

    // Built-in types by their numbers, which never change; others are shown as text.
    private static string TypeOf(uint type) => type switch
    {
        16 => "boolean",
        17 => "bytea",
        20 => "bigint",
        21 => "smallint",
        23 => "integer",
        26 => "oid",
        114 => "json",
        700 => "real",
        701 => "double precision",
        1082 => "date",
        1083 => "time",
        1114 => "timestamp",
        1184 => "timestamptz",
        1186 => "interval",
        1266 => "timetz",
        1700 => "numeric",
        2950 => "uuid",
        3802 => "jsonb",
        1000 => "boolean[]",
        1001 => "bytea[]",
        1005 => "smallint[]",
        1007 => "integer[]",
        1009 or 1015 => "text[]",
        1016 => "bigint[]",
        1021 => "real[]",
        1022 => "double precision[]",
        1115 => "timestamp[]",
        1182 => "date[]",
        1185 => "timestamptz[]",
        1231 => "numeric[]",
        199 => "json[]",
        3807 => "jsonb[]",
        _ => "text",
    };
}
