using ThanoSql.Catalog.Destinations;
using ThanoSql.Catalog.Tables;

namespace ThanoSql.Query.Sdk;

/// <summary>
/// Puts the rows of a statement into a table: of schema qm for a while, or of schema public with the rights of the token, where it belongs to the
/// users.
/// </summary>
internal sealed class ResultDestinations(
    NpgsqlDataSource owner, DestinationTables kept, UserDatabase users, PipelineTables pipelines, IOptions<QueryLimits> limits)
{
    /// <summary>Before the statement runs.</summary>
    /// <exception cref="QueryException">There can be no such table, or there is one already.</exception>
    public async Task CheckAsync(ApiToken token, SdkDestination to, CancellationToken cancellationToken)
    {
        if (!to.IsKept || to is { Schema: DestinationTables.Schema, Table: null })
            return;
        var (hasSchema, hasTable) = await LookAsync(to, cancellationToken);
        if (!hasSchema)
            throw new QueryException(ErrorCode.NotFound, $"There is no schema '{to.Schema}'.", hint: "Results go to 'qm' or 'public'.");
        if (to.Schema is not (DestinationTables.Schema or SdkDestination.Users))
            throw new QueryException(ErrorCode.PermissionDenied, $"Results are not kept in schema '{to.Schema}'.", hint: "Say 'qm' or 'public'.");
        if (to.Schema == SdkDestination.Users)
            Permission.Require(token, TokenScope.Write, "A table of schema public");
        if (hasTable && !(to.Overwrite && (to.Schema == SdkDestination.Users || await kept.IsOfAsync(token, to.Table!, cancellationToken))))
            throw Taken(to);
    }

    /// <returns>The table's name; null where the result cannot be kept, of which <paramref name="report"/> is told.</returns>
    /// <exception cref="QueryException">It was to be kept under a name, and cannot be.</exception>
    public async Task<string?> KeepAsync(
        ApiToken token, ResultTable result, SdkDestination to, Action<string> report, CancellationToken cancellationToken)
    {
        var rows = new DestinationRows([.. result.Columns.Select(column => new DestinationColumn(column.Name, column.TypeId))], result.Rows);
        if (to.Table is not null && result.Cut != ResultCut.None)
        {
            throw new QueryException(
                ErrorCode.TooLarge, $"The result has more than the {result.Rows.Count:N0} rows that were read: '{to.Table}' would not be whole.",
                hint: "Let the statement itself make the table: CREATE TABLE … AS SELECT …");
        }
        try
        {
            if (to.Schema == DestinationTables.Schema)
                return await kept.KeepAsync(token, rows, to.Table, to.Overwrite, cancellationToken);
            return await WriteAsync(token, rows, to, cancellationToken);
        }
        catch (Exception taken) when (taken is DestinationTakenException or PostgresException { SqlState: PostgresErrorCodes.DuplicateTable })
        {
            throw Taken(to);
        }
        catch (Exception unfit) when (to.Table is null && unfit is CatalogException or PostgresException { IsTransient: false })
        {
            report($"The result is not kept as a table: {QueryError.Of(unfit).Message}");
            return null;
        }
    }

    private async Task<(bool Schema, bool Table)> LookAsync(SdkDestination to, CancellationToken cancellationToken)
    {
        await using var command = owner.CreateCommand(
            """
            SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1),
                   EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                           WHERE n.nspname = $1 AND c.relname = $2)
            """);
        command.Parameters.AddWithValue(to.Schema);
        command.Parameters.AddWithValue(to.Table ?? "");
        await using var found = await command.ExecuteReaderAsync(cancellationToken);
        await found.ReadAsync(cancellationToken);
        return (found.GetBoolean(0), found.GetBoolean(1));
    }

    private async Task<string> WriteAsync(ApiToken token, DestinationRows rows, SdkDestination to, CancellationToken cancellationToken)
    {
        var table = to.Table ?? $"result_{Guid.NewGuid():N}";
        using var deadline = new Deadline(limits.Value, cancellationToken);
        return await deadline.RunAsync(async running =>
        {
            if (to.Overwrite && await pipelines.IsFilledAsync(table, running))
                await pipelines.ReplaceAsync(table, connection => FillAsync(connection, table, rows, to.Overwrite, running), running);
            else
                await AsUserAsync(token, connection => FillAsync(connection, table, rows, to.Overwrite, running), running);
            return table;
        });
    }

    private async Task AsUserAsync(ApiToken token, Func<NpgsqlConnection, Task> fill, CancellationToken cancellationToken)
    {
        await using var session = await users.OpenAsync(token.Name, token.Scope, cancellationToken);
        await session.RunAsync(async running =>
        {
            await using var transaction = await session.Connection.BeginTransactionAsync(running);
            await fill(session.Connection);
            await transaction.CommitAsync(running);
            return true;
        }, cancellationToken);
    }

    private static async Task FillAsync(
        NpgsqlConnection connection, string table, DestinationRows rows, bool overwrite, CancellationToken cancellationToken)
    {
        var name = $"{SdkDestination.Users}.{Identifier.Quote(table)}";
        if (overwrite)
        {
            await using var drop = new NpgsqlCommand($"DROP TABLE IF EXISTS {name}", connection);
            await drop.ExecuteNonQueryAsync(cancellationToken);
        }
        await DestinationWriter.WriteAsync(connection, name, rows, cancellationToken);
    }

    private static QueryException Taken(SdkDestination to) => new(
        ErrorCode.AlreadyExists, $"There is a table '{to.Table}' in schema '{to.Schema}' already.", hint: "Replace it with overwrite=True.");
}
