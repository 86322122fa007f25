using ThanoSql.Catalog.Tables;
using ThanoSql.Language.Options;
using ThanoSql.Storage.Unicode;

namespace ThanoSql.Query.Copying;

/// <summary>
/// COPY: a table from a file of the store, a folder or records, in one transaction. The table belongs to the users' role, so that its users may
/// change and drop it. One that a pipeline fills gets its index columns and values back before anybody sees it.
/// </summary>
internal sealed class CopyHandler(
    UserDatabase users, CopySourceReader reader, PipelineTables pipelines, StatementTurns turns,
    IOptions<QueryLimits> limits)
{
    public async Task<StatementOutcome> RunAsync(StatementRequest request, CopyStatement statement, CancellationToken cancellationToken)
    {
        Permission.Require(request.Token, TokenScope.Write, statement.Verb);
        var mode = Options(request.Text, statement);
        var table = TableOf(request.Text, statement.Table);
        using var turn = await turns.EnterAsync(request.Token.Name, cancellationToken);
        using var deadline = new Deadline(limits.Value, cancellationToken);
        return await deadline.RunAsync(async token =>
        {
            var source = await ReadAsync(request.Text, statement.Source, token);
            await WriteAsync(request, statement, new Target(table, source, mode, turn), token);
            request.Report(string.Create(CultureInfo.InvariantCulture, $"{source.Rows.Count} rows copied into {table}"));
            return new StatementOutcome(statement.Verb, Affected: source.Rows.Count);
        });
    }

    private async Task<SourceRows> ReadAsync(string text, CopySource source, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadAsync(source, cancellationToken);
        }
        catch (QueryException wrong) when (wrong.Position is null)
        {
            throw new QueryException(wrong.Code, wrong.Message, TextPosition.Of(text, source.Span.Start), wrong.Hint, wrong);
        }
        catch (StoreException wrong) when (wrong is InvalidPathException or BucketNotFoundException)
        {
            var code = wrong is InvalidPathException ? ErrorCode.BadRequest : ErrorCode.NotFound;
            throw new QueryException(code, wrong.Message, TextPosition.Of(text, source.Span.Start), inner: wrong);
        }
    }

    private async Task WriteAsync(StatementRequest request, CopyStatement statement, Target target, CancellationToken cancellationToken)
    {
        var (text, table) = (request.Text, target.Table);
        try
        {
            if (target.Mode != IfExists.Append && await pipelines.IsFilledAsync(table, cancellationToken))
                await pipelines.ReplaceAsync(table, connection => FillAsync(connection, target, cancellationToken), cancellationToken);
            else
                await AsUserAsync(request.Token.Name, target, cancellationToken);
        }
        catch (PostgresException exists) when (exists.SqlState == PostgresErrorCodes.DuplicateTable)
        {
            throw new QueryException(
                ErrorCode.AlreadyExists, $"There is a table '{table}' already.", TextPosition.Of(text, statement.Table.Span.Start),
                "Replace it with OPTIONS (if_exists='replace'), or add to it with OPTIONS (if_exists='append').", exists);
        }
        catch (PostgresException depended) when (depended.SqlState == PostgresErrorCodes.DependentObjectsStillExist)
        {
            throw TableWriter.Depended(depended, table, TextPosition.Of(text, statement.Table.Span.Start));
        }
    }

    private async Task AsUserAsync(string token, Target target, CancellationToken cancellationToken)
    {
        var session = await users.OpenAsync(token, TokenScope.Write, cancellationToken);
        try
        {
            await session.RunAsync(async running =>
            {
                await using var transaction = await session.Connection.BeginTransactionAsync(running);
                await FillAsync(session.Connection, target, running);
                await transaction.CommitAsync(running);
                return true;
            }, cancellationToken);
        }
        finally
        {
            await session.DisposeAsync();
            target.Turn.HoldUntil(session.Gone);
        }
    }

    private static async Task FillAsync(NpgsqlConnection connection, Target target, CancellationToken cancellationToken)
    {
        var (table, source, mode, _) = target;
        if (mode == IfExists.Replace)
            await TableWriter.RunAsync(connection, $"DROP TABLE IF EXISTS {TableWriter.Name(table)}", cancellationToken);
        if (mode != IfExists.Append || !await TableWriter.ExistsAsync(connection, table, cancellationToken))
            await TableWriter.CreateAsync(connection, table, source, cancellationToken);
        await TableWriter.FillAsync(connection, table, source, cancellationToken);
    }

    private static IfExists Options(string text, CopyStatement statement)
    {
        var options = new OptionReader(text, statement);
        var mode = options.IfExists();
        options.WholeNumber("chunksize", 1000, 1, int.MaxValue); // read and without effect: a COPY is one transaction
        options.Complete();
        return mode;
    }

    /// <summary>The table's name, folded.</summary>
    /// <exception cref="QueryException">It is to be in another schema than public.</exception>
    public static string TableOf(string text, TableName name) => name.Schema is null or { Folded: "public" }
        ? name.Table.Folded
        : throw new QueryException(
            ErrorCode.PermissionDenied, $"Tables are made in schema public, not in '{name.Schema.Folded}'.", TextPosition.Of(text, name.Span.Start));

    private sealed record Target(string Table, SourceRows Source, IfExists Mode, Turn Turn);
}

/// <summary>Makes tables of schema public and fills them.</summary>
internal static class TableWriter
{
    public static string Name(string table) => $"public.{Identifier.Quote(table)}";

    public static async Task<bool> ExistsAsync(NpgsqlConnection connection, string table, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT pg_catalog.to_regclass($1) IS NOT NULL", connection);
        command.Parameters.Add(new NpgsqlParameter { Value = Name(table) });
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Why a table cannot be replaced on which views depend.</summary>
    /// <param name="depended">PostgreSQL's error.</param>
    /// <param name="table">Its name.</param>
    /// <param name="at">Where the statement names it.</param>
    public static QueryException Depended(PostgresException depended, string table, TextPosition at) => new(
        ErrorCode.OfSqlState(depended.SqlState), $"'{table}' cannot be replaced: {depended.Detail}", at, "Drop the views first.", depended);

    public static Task CreateAsync(NpgsqlConnection connection, string table, SourceRows source, CancellationToken cancellationToken)
    {
        var columns = source.Columns.Select(c => $"{Identifier.Quote(c.Name)} {c.Type}");
        return RunAsync(connection, $"CREATE TABLE {Name(table)} ({string.Join(", ", columns)})", cancellationToken);
    }

    /// <summary>Adds the rows, in order; PostgreSQL checks the values.</summary>
    public static async Task FillAsync(NpgsqlConnection connection, string table, SourceRows source, CancellationToken cancellationToken)
    {
        var columns = string.Join(", ", source.Columns.Select(c => Identifier.Quote(c.Name)));
        await using var import = await connection.BeginTextImportAsync($"COPY {Name(table)} ({columns}) FROM STDIN (FORMAT csv)", cancellationToken);
        var line = new StringBuilder();
        foreach (var row in source.Rows.All)
        {
            line.Clear().AppendJoin(',', row.Select(Field)).Append('\n');
            await import.WriteAsync(line, cancellationToken);
        }
    }

    public static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    // Quoted whatever it holds: only what is bare and empty is NULL. In Unicode form C, in which everybody else writes.
    private static string Field(string? value) =>
        value is null ? "" : $"\"{CanonicalForm.Compose(value).Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
