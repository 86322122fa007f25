namespace ThanoSql.Planning.Pictures;

/// <summary>The rows of a source, which ran once, in order.</summary>
/// <param name="Table">A temporary one: <see cref="Ordinal"/>, from 1, and the source's columns.</param>
/// <param name="Columns">Those of the source, in order.</param>
internal sealed record KeptRows(string Table, IReadOnlyList<string> Columns)
{
    public const string Ordinal = "thanosql_ordinal";

    /// <param name="session">The request.</param>
    /// <param name="source">Whose rows.</param>
    /// <param name="scope">WITH queries around the statement.</param>
    /// <param name="columns">Of the source.</param>
    /// <param name="cancellationToken">Cancels what runs on the server, too.</param>
    /// <param name="more">A further column over a row s; null for none.</param>
    public static async Task<KeptRows> KeepAsync(
        Session session, QuerySyntax source, CommonTable? scope, IReadOnlyList<string> columns, CancellationToken cancellationToken,
        string? more = null)
    {
        session.KeepsRows();
        var table = session.NewName();
        await session.KeepAsync(table, Rows, cancellationToken);
        return new KeptRows(table, columns);

        SqlDraft.Builder Rows(SqlDraft.Builder sql)
        {
            sql.Add($"SELECT s.*{(more is null ? "" : $", {more}")} FROM (SELECT row_number() OVER () AS {Ordinal}, q.* FROM ");
            return SourceText.AddTo(sql, source, scope).Add(" AS q) AS s");
        }
    }

    /// <summary>All columns of the source but some, as a row <c>s</c> has them: a select list, with a comma behind it.</summary>
    public string List(params IReadOnlyList<string> without) =>
        string.Concat(Columns.Where(c => !without.Contains(c)).Select(c => $"s.{Identifier.Quote(c)}, "));

    /// <exception cref="QueryException">The source has a column of the result's name already.</exception>
    public static void RefuseTaken(Session session, QuerySyntax source, IReadOnlyList<string> columns, params IReadOnlyList<string> results)
    {
        if (results.FirstOrDefault(columns.Contains) is not { } taken)
            return;
        throw new QueryException(
            ErrorCode.ColumnExists, $"The source already has a column '{taken}'.", session.At(source.Span),
            "Choose another name: OPTIONS (result_col='…').");
    }
}
