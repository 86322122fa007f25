namespace ThanoSql.Query.Execution;

/// <summary>Somebody's turn. Disposing it gives it back.</summary>
internal sealed class Turn(Turnstile turnstile, Turnstile.Line line) : IDisposable
{
    private Task _busy = Task.CompletedTask;
    private int _worked;
    private int _over;

    /// <summary>Whatever happens, the turn is not over before this: the server still works for it.</summary>
    public void HoldUntil(Task done) => _busy = Task.WhenAll(_busy, done);

    /// <summary>Another may work; what is left, sending the result, counts for the token alone.</summary>
    public void EndWork()
    {
        if (Interlocked.Exchange(ref _worked, 1) == 0)
            Later(turnstile.EndWork);
    }

    public void Dispose()
    {
        EndWork();
        if (Interlocked.Exchange(ref _over, 1) == 0)
            Later(() => turnstile.End(line));
    }

    private void Later(Action release)
    {
        if (_busy.IsCompleted)
            release();
        else
            _busy.ContinueWith(_ => release(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }
}

/// <summary>How many a <see cref="Turnstile"/> lets in.</summary>
/// <param name="AtOnce">Of all tokens.</param>
/// <param name="TokenAtOnce">Of one.</param>
/// <param name="TokenWaiting">Of one token, before its next is refused.</param>
/// <param name="Waiting">Of all tokens, before the next is refused.</param>
/// <param name="Wait">Until who waits is refused.</param>
/// <param name="Names">What it is about, and the settings of the first two.</param>
internal sealed record TurnLimits(
    int AtOnce, int TokenAtOnce, int TokenWaiting, int Waiting, TimeSpan Wait, (string Things, string AtOnce, string TokenAtOnce) Names)
{
    public QueryException TokenIsOver(string token) => new(
        ErrorCode.TooManyRequests,
        $"The token '{token}' has {TokenAtOnce} {Names.Things} at work already, and others waiting ({Names.TokenAtOnce}).",
        hint: "Ask again when one of them has ended.");

    public QueryException AllAreBusy() => new(
        ErrorCode.Busy, $"The server is busy with {AtOnce} {Names.Things}, and others wait ({Names.AtOnce}).", hint: "Ask again in a moment.");
}

/// <summary>The turns of statements.</summary>
internal sealed class StatementTurns(IOptions<QueryLimits> limits, TimeProvider time) : Turnstile(Of(limits.Value), time)
{
    private static TurnLimits Of(QueryLimits limits) => new(
        limits.AtOnce, limits.TokenAtOnce, limits.TokenWaiting, limits.Waiting, TimeSpan.FromSeconds(limits.WaitSeconds),
        ("statements", "Query:Limits:AtOnce", "Query:Limits:TokenAtOnce"));
}

/// <summary>
/// The turns of searches, which statements do not wait for and the other way round. They take milliseconds, so all of a token's requests may wait.
/// </summary>
internal sealed class SearchTurns(IOptions<QueryLimits> limits, IOptions<UserDatabaseOptions> users, TimeProvider time)
    : Turnstile(Of(limits.Value, users.Value), time)
{
    private static TurnLimits Of(QueryLimits limits, UserDatabaseOptions users) => new(
        users.SearchConnections, limits.TokenSearches, limits.TokenRequests, limits.Waiting, TimeSpan.FromSeconds(limits.WaitSeconds),
        ("searches", "Database:Users:SearchConnections", "Query:Limits:TokenSearches"));
}
