namespace ThanoSql.Query.Statements;

/// <summary>Statements of people who look at what comes of them: the first rows, and which columns hold pictures.</summary>
internal sealed class QueryConsole(StatementRunner runner, IOptions<SqlOptions> sql, TimeProvider time)
{
    /// <summary>Rows that are shown; the file of a result has all that the limits allow.</summary>
    public const int Rows = 1_000;

    private const int Megabytes = 2; // of a page that is kept while it is open

    /// <exception cref="ThanoSqlSyntaxException">The text is not ThanoSQL.</exception>
    /// <exception cref="QueryException">It cannot be done; nothing is left half done.</exception>
    public async Task<ConsoleResult> RunAsync(StatementRequest request, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        using var outcome = await runner.RunAsync(request with { Most = new ResultSize(Rows, Megabytes) }, cancellationToken);
        var columns = outcome.Table is { } table ? ConsoleColumns.Of(table, outcome.Print?.Column, sql.Value.Workspace) : [];
        return new ConsoleResult(request.Text, outcome.Kind, outcome.Table, columns, outcome.Affected, time.GetElapsedTime(start))
        {
            IsRepeatable = outcome.IsRepeatable,
        };
    }

    /// <summary>
    /// All rows that the limits allow: those that are shown, or what the statement gives when it is run again. One that writes is never run again.
    /// </summary>
    public async Task<ResultTable> ReadAllAsync(ConsoleResult shown, ApiToken token, CancellationToken cancellationToken)
    {
        if (shown.IsWhole || !shown.IsRepeatable)
            return shown.Table!;
        using var outcome = await runner.RunAsync(new StatementRequest(shown.Text, token, _ => { }), cancellationToken);
        return outcome.Table!;
    }
}

/// <summary>What came of a statement.</summary>
/// <param name="Text">The statement.</param>
/// <param name="Kind">Its verb.</param>
/// <param name="Table">Null for a statement without rows.</param>
/// <param name="Columns">Of the table.</param>
/// <param name="Affected">Rows written; null for a statement that writes none.</param>
/// <param name="Took">From asking until the last row was read.</param>
internal sealed record ConsoleResult(
    string Text, string Kind, ResultTable? Table, IReadOnlyList<ConsoleColumn> Columns, long? Affected, TimeSpan Took)
{
    /// <summary>Whether its file may have more rows than are shown.</summary>
    public bool IsRepeatable { get; init; }

    public bool IsWhole => Table is null or { Cut: ResultCut.None };
}
