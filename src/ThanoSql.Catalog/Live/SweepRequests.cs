namespace ThanoSql.Catalog.Live;

/// <summary>Asks for a sweep where no worker can be called: the next one that says it lives takes the request, within seconds.</summary>
public sealed class SweepRequests(NpgsqlDataSource database)
{
    /// <param name="by">An actor of the audit.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public Task AskAsync(string by, CancellationToken cancellationToken) =>
        database.Command("INSERT INTO thanosql.sweep_request (asked_by) VALUES ($1)", by).RunAsync(cancellationToken);
}
