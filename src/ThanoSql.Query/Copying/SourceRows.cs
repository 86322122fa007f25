using ThanoSql.Storage.Unicode;

namespace ThanoSql.Query.Copying;

/// <summary>What COPY read: named columns and their values as text.</summary>
/// <param name="Columns">Distinct names and their types.</param>
/// <param name="Rows">As many values in each as there are columns.</param>
internal sealed record SourceRows(IReadOnlyList<SourceColumn> Columns, CountedRows Rows)
{
    /// <summary>What was recognised or left out, for people.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <exception cref="QueryException">No column, a column without a name, or two of one.</exception>
    public static SourceRows Of(IReadOnlyList<string?> names, CountedRows rows, Func<int, string> typeOf)
    {
        if (names.Any(string.IsNullOrWhiteSpace))
            throw new QueryException(ErrorCode.BadRequest, "A column has no name.", hint: "The first line of the file names the columns.");
        if (names.Count == 0)
            throw new QueryException(ErrorCode.BadRequest, "There is no column to copy.", hint: "Columns are the keys of the records.");
        if (names.GroupBy(Plain).FirstOrDefault(g => g.Skip(1).Any()) is { } twin)
            throw new QueryException(ErrorCode.BadRequest, $"Two columns are named '{twin.Key}'.");
        return new SourceRows([.. names.Select((name, i) => new SourceColumn(Plain(name), typeOf(i)))], rows);
    }

    private static string Plain(string? name) => CanonicalForm.Compose(name!.Trim());
}

/// <param name="Type">Of PostgreSQL.</param>
internal sealed record SourceColumn(string Name, string Type);

/// <summary>Rows that are made one at a time, when they are written.</summary>
/// <param name="Count">How many there are.</param>
/// <param name="All">To be read once.</param>
internal sealed record CountedRows(int Count, IEnumerable<string?[]> All);

/// <summary>Counts what a COPY is about to write.</summary>
internal sealed class CopySize(QueryLimits limits)
{
    private const int MostColumns = 1_600; // PostgreSQL's

    private long _characters;

    public int Rows { get; private set; }

    public void AddRow(int columns)
    {
        Rows++;
        Check(columns);
    }

    /// <summary>Counts what the values of a row are written as: a workbook names one text many times.</summary>
    /// <exception cref="QueryException">It is too much.</exception>
    public void AddText(string?[] row)
    {
        foreach (var value in row)
            _characters += value?.Length ?? 0;
        if (_characters > limits.CopyMegabytes * 1_000_000L)
        {
            throw new QueryException(
                ErrorCode.TooLarge, $"The values are more than {limits.CopyMegabytes} MB (Query:Limits:CopyMegabytes).",
                hint: "Copy a part at a time, with OPTIONS (if_exists='append').");
        }
    }

    /// <exception cref="QueryException">It is too much.</exception>
    public void Check(int columns)
    {
        if (columns > MostColumns)
        {
            throw new QueryException(
                ErrorCode.TooLarge, $"There are more than {MostColumns:N0} columns, the most that a table can have.",
                hint: "Columns are the keys of the records, or the first line of the file.");
        }
        if ((long)Rows * columns > limits.CopyValues)
        {
            throw new QueryException(
                ErrorCode.TooLarge, $"There are more than {limits.CopyValues:N0} values, rows times columns (Query:Limits:CopyValues).",
                hint: "Copy a part at a time, with OPTIONS (if_exists='append').");
        }
    }
}
