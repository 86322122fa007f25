namespace ThanoSql.Query.Statements;

/// <summary>Plain SQL, and the statements that give rows: PREDICT, SEARCH, EVALUATE, CONVERT, FUNCTION, LIST, at any depth.</summary>
internal sealed class RowsHandler(UserDatabase users, QueryPlanner planner, StatementTurns turns, IOptions<QueryLimits> limits)
{
    /// <param name="request">What was asked.</param>
    /// <param name="query">The request, or the source of its statement: SQL, or a statement that gives rows.</param>
    /// <param name="cancellationToken">Cancels it on the server.</param>
    public Task<StatementOutcome> RunAsync(StatementRequest request, QuerySyntax query, CancellationToken cancellationToken)
    {
        var command = query.Statement is { } statement ? new SqlCommand(statement.Verb, TokenScope.Query) : SqlCommand.Of(query.Sql);
        Permission.Require(request.Token, command.Scope, command.Name);
        return RunAsync(request, query, command, cancellationToken);
    }

    private async Task<StatementOutcome> RunAsync(
        StatementRequest request, QuerySyntax query, SqlCommand command, CancellationToken cancellationToken)
    {
        var turn = await turns.EnterAsync(request.Token.Name, cancellationToken);
        try
        {
            using var deadline = new Deadline(limits.Value, cancellationToken);
            var asked = new Asked(request, query, turn, ReadsOnly: command.ReadsOnly || query.Statement is not null);
            var result = await deadline.RunAsync(token => LookUpAsync(asked, token));
            if (request.Most is null && result.Table is { Cut: not ResultCut.None } cut)
                request.Report(CutMessage(cut));
            turn.EndWork();
            return new StatementOutcome(command.Name, result.Table, result.Affected)
            {
                Turn = turn,
                IsRepeatable = asked.ReadsOnly || !request.Token.Scope.Writes(),
            };
        }
        catch
        {
            turn.Dispose();
            throw;
        }
    }

    // Most often every image has its answer, and looking them up while rows are read is all there is to do.
    private async Task<ResultSet> LookUpAsync(Asked asked, CancellationToken cancellationToken)
    {
        try
        {
            var again = asked.ReadsOnly && planner.Recall(asked.Query) is { } plan ? await RunAgainAsync(asked, plan, cancellationToken) : null;
            return again ?? await PlanAndRunAsync(asked, fills: false, cancellationToken);
        }
        catch (QueryException unanswered) when (unanswered.Code.Name == ErrorCode.UnansweredState)
        {
            return await PlanAndRunAsync(asked, fills: true, cancellationToken);
        }
    }

    private async Task<ResultSet> PlanAndRunAsync(Asked asked, bool fills, CancellationToken cancellationToken)
    {
        var session = await users.OpenAsync(asked.Token.Name, asked.Token.Scope, cancellationToken);
        return await asked.OnAsync(session, async token =>
        {
            var plan = await planner.PlanAsync(asked.Query, session.Connection, fills, asked.Request.Report, token);
            foreach (var message in plan.Messages)
                asked.Request.Report(message);
            try
            {
                return (await ResultReader.RunAsync(session.Connection, plan, asked.ReadsOnly, Most(asked.Request), token))!;
            }
            catch (PostgresException error) when (error.SqlState != PostgresErrorCodes.QueryCanceled)
            {
                throw QueryException.Of(error, plan.Sql, asked.Query.Text);
            }
        }, cancellationToken);
    }

    // Null when the plan must be made anew: a check failed, or a table that it reads was replaced. An error of the user's then comes again, with its
    // place in the text.
    private async Task<ResultSet?> RunAgainAsync(Asked asked, PlannedQuery plan, CancellationToken cancellationToken)
    {
        var session = await users.OpenPreparingAsync(asked.Token.Name, asked.Token.Scope, cancellationToken);
        return await asked.OnAsync(session, async token =>
        {
            try
            {
                return await ResultReader.RunAsync(session.Connection, plan, readsOnly: true, Most(asked.Request), token);
            }
            catch (PostgresException error) when (error.SqlState != PostgresErrorCodes.QueryCanceled)
            {
                session.Connection.UnprepareAll();
                return error.SqlState == ErrorCode.UnansweredState ? throw QueryException.Of(error, plan.Sql, asked.Query.Text) : null;
            }
        }, cancellationToken);
    }

    private ResultSize Most(StatementRequest request)
    {
        var limit = ResultSize.Of(limits.Value);
        return request.Most?.AtMost(limit) ?? limit;
    }

    private string CutMessage(ResultTable table) => table.Cut == ResultCut.Rows
        ? $"Only the first {table.Rows.Count:N0} rows are shown: add LIMIT, or raise Query:Limits:Rows."
        : $"Only the first {table.Rows.Count:N0} rows are shown, as the result is larger than {limits.Value.Megabytes} MB: "
            + "ask for fewer columns or rows, or raise Query:Limits:Megabytes.";

    private sealed record Asked(StatementRequest Request, QuerySyntax Query, Turn Turn, bool ReadsOnly)
    {
        public ApiToken Token => Request.Token;

        public async Task<T> OnAsync<T>(UserConnection session, Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
        {
            try
            {
                return await session.RunAsync(work, cancellationToken);
            }
            finally
            {
                await session.DisposeAsync();
                Turn.HoldUntil(session.Gone);
            }
        }
    }
}
