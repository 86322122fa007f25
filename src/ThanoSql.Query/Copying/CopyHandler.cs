using ThanoSql.Language.Options;

namespace ThanoSql.Query.Copying;

/// <summary>
/// COPY: a table from a file of the store, a folder or records, in one transaction. The table belongs to the users' role, so that its users may
/// change and drop it. One that a pipeline fills gets its index columns and values back before anybody sees it.
/// </summary>
internal sealed class CopyHandler(CopySourceReader reader, TableCopies copies, StatementTurns turns, IOptions<QueryLimits> limits)
{
    public async Task<StatementOutcome> RunAsync(StatementRequest request, CopyStatement statement, CancellationToken cancellationToken)
    {
        Permission.Require(request.Token, TokenScope.Write, statement.Verb);
        var (mode, format) = Options(request.Text, statement);
        var table = TableOf(request.Text, statement.Table);
        using var turn = await turns.EnterAsync(request.Token.Name, cancellationToken);
        using var deadline = new Deadline(limits.Value, cancellationToken);
        return await deadline.RunAsync(async token =>
        {
            var source = await ReadAsync(request.Text, statement.Source, format, token);
            await WriteAsync(request, statement, new TableCopy(table, source, mode, turn), token);
            foreach (var note in source.Notes)
                request.Report(note);
            request.Report(string.Create(CultureInfo.InvariantCulture, $"{source.Rows.Count} rows copied into {table}"));
            return new StatementOutcome(statement.Verb, Affected: source.Rows.Count);
        });
    }

    private async Task<SourceRows> ReadAsync(string text, CopySource source, TableFormat format, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadAsync(source, format, cancellationToken);
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

    private async Task WriteAsync(StatementRequest request, CopyStatement statement, TableCopy copy, CancellationToken cancellationToken)
    {
        var (text, table) = (request.Text, copy.Table);
        try
        {
            await copies.WriteAsync(request.Token, copy, cancellationToken);
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

    private static (IfExists Mode, TableFormat Format) Options(string text, CopyStatement statement)
    {
        var options = new OptionReader(text, statement);
        var mode = options.IfExists();
        options.WholeNumber("chunksize", 1000, 1, int.MaxValue); // read and without effect: a COPY is one transaction
        var format = TableFormat.Read(options);
        options.Complete();
        return (mode, format);
    }

    /// <summary>The table's name, folded.</summary>
    /// <exception cref="QueryException">It is to be in another schema than public.</exception>
    public static string TableOf(string text, TableName name) => name.Schema is null or { Folded: "public" }
        ? name.Table.Folded
        : throw new QueryException(
            ErrorCode.PermissionDenied, $"Tables are made in schema public, not in '{name.Schema.Folded}'.", TextPosition.Of(text, name.Span.Start));
}
