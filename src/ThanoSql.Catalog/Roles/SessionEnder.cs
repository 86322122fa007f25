namespace ThanoSql.Catalog.Roles;

/// <summary>Ends sessions of a user's role that do not answer any more, and knows when they are gone.</summary>
/// <param name="database">Of an owner who may end them: a member of the role, or of pg_signal_backend.</param>
/// <param name="role">No other role's sessions are touched: the server may have given a process id away since.</param>
internal sealed partial class SessionEnder(NpgsqlDataSource database, string role, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// PostgreSQL ends a session at its next look for signals, which the planning of a hostile statement may put off; this waits for it.
    /// </summary>
    public async Task EndAsync(int processId)
    {
        const string find = "FROM pg_catalog.pg_stat_activity WHERE pid = $1 AND usename = $2";
        try
        {
            await database.Command($"SELECT pg_catalog.pg_terminate_backend(pid) {find}", processId, role).RunAsync(CancellationToken.None);
            while (await database.Command($"SELECT 1 {find}", processId, role).ScalarAsync<int?>(CancellationToken.None) is not null)
                await Task.Delay(Glance, time);
        }
        catch (NpgsqlException failed)
        {
            LogFailed(logger, processId, failed.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Session {ProcessId} of a user could not be ended: {Reason}")]
    private static partial void LogFailed(ILogger logger, int processId, string reason);
}
