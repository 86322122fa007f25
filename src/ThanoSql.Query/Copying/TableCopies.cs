using ThanoSql.Catalog.Tables;
using ThanoSql.Language.Options;

namespace ThanoSql.Query.Copying;

/// <summary>
/// Writes rows into a table of schema public, in one transaction. The table belongs to the users' role, so that its users may change and drop it. One
/// that a pipeline fills gets its index columns and values back before anybody sees it.
/// </summary>
internal sealed class TableCopies(UserDatabase users, PipelineTables pipelines)
{
    /// <exception cref="PostgresException">The table is there already, or does not take the rows.</exception>
    public async Task WriteAsync(ApiToken token, TableCopy copy, CancellationToken cancellationToken)
    {
        if (copy.Mode == IfExists.Append || !await pipelines.IsFilledAsync(copy.Table, cancellationToken))
        {
            await AsUserAsync(token, copy, cancellationToken);
            return;
        }
        if (copy.CreateAsync is not null) // what a user writes does not run with the rights that this takes
        {
            throw new QueryException(
                ErrorCode.BadRequest, $"A pipeline fills the table '{copy.Table}': its columns are those of the data.", hint: "Leave 'table' out.");
        }
        await pipelines.ReplaceAsync(copy.Table, connection => FillAsync(connection, copy, cancellationToken), cancellationToken);
    }

    private async Task AsUserAsync(ApiToken token, TableCopy copy, CancellationToken cancellationToken)
    {
        var session = await users.OpenAsync(token.Name, TokenScope.Write, cancellationToken);
        try
        {
            await session.RunAsync(async running =>
            {
                await using var transaction = await session.Connection.BeginTransactionAsync(running);
                await FillAsync(session.Connection, copy, running);
                await transaction.CommitAsync(running);
                return true;
            }, cancellationToken);
        }
        finally
        {
            await session.DisposeAsync();
            copy.Turn.HoldUntil(session.Gone);
        }
    }

    private static async Task FillAsync(NpgsqlConnection connection, TableCopy copy, CancellationToken cancellationToken)
    {
        var (table, source, mode, _) = copy;
        if (mode == IfExists.Replace)
            await TableWriter.RunAsync(connection, $"DROP TABLE IF EXISTS {TableWriter.Name(table)}", cancellationToken);
        if (mode != IfExists.Append || !await TableWriter.ExistsAsync(connection, table, cancellationToken))
        {
            await (copy.CreateAsync is { } create
                ? create(connection, cancellationToken)
                : TableWriter.CreateAsync(connection, table, source, cancellationToken));
        }
        await TableWriter.FillAsync(connection, table, source, cancellationToken);
    }
}

/// <summary>What is to be written.</summary>
/// <param name="Table">Of schema public.</param>
/// <param name="Mode">What becomes of a table that is there.</param>
/// <param name="Turn">Of the token.</param>
internal sealed record TableCopy(string Table, SourceRows Source, IfExists Mode, Turn Turn)
{
    /// <summary>Makes the table in another form than that of the rows; null for theirs.</summary>
    public Func<NpgsqlConnection, CancellationToken, Task>? CreateAsync { get; init; }
}
