namespace ThanoSql.Query.Statements;

/// <summary>Plain SQL, and the statements that give rows: PREDICT, SEARCH, EVALUATE, LIST, at any depth.</summary>
public sealed class RowsHandler(UserDatabase users, NpgsqlDataSource owner, QueryPlanner planner, IOptions<QueryLimits> limits) : IDisposable
{
    private readonly SemaphoreSlim _atOnce = new(limits.Value.AtOnce);

    public void Dispose() => _atOnce.Dispose();

    /// <param name="request">What was asked.</param>
    /// <param name="query">The request, or the source of its statement: SQL, or a statement that gives rows.</param>
    /// <param name="cancellationToken">Cancels it on the server.</param>
    internal Task<StatementOutcome> RunAsync(StatementRequest request, QuerySyntax query, CancellationToken cancellationToken)
    {
        var command = query.Statement is { } statement ? new SqlCommand(statement.Verb, TokenScope.Query) : SqlCommand.Of(query.Sql);
        Permission.Require(request.Token, command.Scope, command.Name);
        return RunAsync(request, query, command, cancellationToken);
    }

    private async Task<StatementOutcome> RunAsync(
        StatementRequest request, QuerySyntax query, SqlCommand command, CancellationToken cancellationToken)
    {
        await _atOnce.WaitAsync(cancellationToken);
        try
        {
            using var deadline = new Deadline(limits.Value, cancellationToken);
            return await deadline.RunAsync(token => AnswerAsync(request, query, command, token));
        }
        finally
        {
            _atOnce.Release();
        }
    }

    private async Task<StatementOutcome> AnswerAsync(
        StatementRequest request, QuerySyntax query, SqlCommand command, CancellationToken cancellationToken)
    {
        var result = await LookUpAsync(request, query, command.ReadsOnly || query.Statement is not null, cancellationToken);
        if (result.Table is { Cut: not ResultCut.None } cut)
            request.Report(CutMessage(cut));
        return new StatementOutcome(command.Name, result.Table, result.Affected);
    }

    // Most often every image has its answer, and looking them up while rows are read is all there is to do.
    private async Task<ResultSet> LookUpAsync(StatementRequest request, QuerySyntax query, bool readsOnly, CancellationToken cancellationToken)
    {
        try
        {
            var again = readsOnly && planner.Recall(query) is { } plan ? await RunAgainAsync(request, query, plan, cancellationToken) : null;
            return again ?? await PlanAndRunAsync(request, query, readsOnly, fills: false, cancellationToken);
        }
        catch (QueryException unanswered) when (unanswered.Code.Name == ErrorCode.UnansweredState)
        {
            return await PlanAndRunAsync(request, query, readsOnly, fills: true, cancellationToken);
        }
    }

    private async Task<ResultSet> PlanAndRunAsync(
        StatementRequest request, QuerySyntax query, bool readsOnly, bool fills, CancellationToken cancellationToken)
    {
        await using var session = await UserSession.OpenAsync(users, owner, request.Token.Scope, cancellationToken);
        var plan = await planner.PlanAsync(query, session.Connection, fills, request.Report, cancellationToken);
        foreach (var message in plan.Messages)
            request.Report(message);
        try
        {
            return (await ResultReader.RunAsync(session.Connection, plan, readsOnly, limits.Value, cancellationToken))!;
        }
        catch (PostgresException error) when (error.SqlState != PostgresErrorCodes.QueryCanceled)
        {
            throw QueryException.Of(error, plan.Sql, query.Text);
        }
    }

    // Null when the plan must be made anew: a check failed, or a table that it reads was replaced. An error of the user's then comes again, with its
    // place in the text.
    private async Task<ResultSet?> RunAgainAsync(StatementRequest request, QuerySyntax query, PlannedQuery plan, CancellationToken cancellationToken)
    {
        await using var session = await UserSession.OpenAsync(
            await users.PreparingPoolAsync(request.Token.Scope, cancellationToken), owner, cancellationToken);
        try
        {
            return await ResultReader.RunAsync(session.Connection, plan, readsOnly: true, limits.Value, cancellationToken);
        }
        catch (PostgresException error) when (error.SqlState != PostgresErrorCodes.QueryCanceled)
        {
            session.Connection.UnprepareAll();
            return error.SqlState == ErrorCode.UnansweredState ? throw QueryException.Of(error, plan.Sql, query.Text) : null;
        }
    }

    private string CutMessage(ResultTable table) => table.Cut == ResultCut.Rows
        ? $"Only the first {table.Rows.Count:N0} rows are shown: add LIMIT, or raise Query:Limits:Rows."
        : $"Only the first {table.Rows.Count:N0} rows are shown, as the result is larger than {limits.Value.Megabytes} MB: "
            + "ask for fewer columns or rows, or raise Query:Limits:Megabytes.";
}
