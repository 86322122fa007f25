using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Tables;
using ThanoSql.Query.Copying;

namespace ThanoSql.Query.Tables;

/// <summary>
/// <c>CREATE TABLE t USING model OPTIONS (…) FROM 'folder' | AS source</c> (2022): the pictures of a folder, or the rows of a source, with their
/// embeddings. It is a CONVERT whose result stays as a table, which belongs to the users' role.
/// </summary>
internal sealed class PictureTableHandler(
    UserDatabase users, ModelCatalog models, PictureFolder folder, QueryPlanner planner, PipelineTables pipelines, StatementTurns turns,
    IOptions<QueryLimits> limits)
{
    private const string Listing = "pg_temp.thanosql_files";

    public async Task<StatementOutcome> RunAsync(StatementRequest request, CreateTableUsingStatement statement, CancellationToken cancellationToken)
    {
        Permission.Require(request.Token, TokenScope.Write, statement.Verb);
        var options = PictureTableOptions.Read(request.Text, statement);
        var table = CopyHandler.TableOf(request.Text, statement.Table);
        var algorithm = await AlgorithmAsync(request, statement, cancellationToken);
        using var turn = await turns.EnterAsync(request.Token.Name, cancellationToken);
        using var deadline = new Deadline(limits.Value, cancellationToken);
        return await deadline.RunAsync(async token =>
        {
            await RefuseFilledAsync(request.Text, statement, table, options, token);
            var session = await users.OpenAsync(request.Token.Name, TokenScope.Write, token);
            try
            {
                var rows = await session.RunAsync(
                    running => MakeAsync(session.Connection, new Asked(request, statement, options, table, algorithm), running), token);
                return new StatementOutcome(statement.Verb, Affected: rows);
            }
            finally
            {
                await session.DisposeAsync();
                turn.HoldUntil(session.Gone);
            }
        });
    }

    private async Task<long> MakeAsync(NpgsqlConnection connection, Asked asked, CancellationToken cancellationToken)
    {
        // Pictures may take an hour to be looked at: what is there already is said first
        if (!asked.Options.Overwrite && await TableWriter.ExistsAsync(connection, asked.Table, cancellationToken))
            throw asked.Exists(null);
        if (asked.Statement.Folder is { } path)
            await ListAsync(connection, asked, path, cancellationToken);
        var plan = await planner.PlanAsync(asked.AsConvert(Listing), connection, fills: true, asked.Request.Report, cancellationToken);
        foreach (var message in plan.Messages)
            asked.Request.Report(message);
        return await KeepAsync(connection, plan.Sql, asked, cancellationToken);
    }

    private async Task ListAsync(NpgsqlConnection connection, Asked asked, StringValue path, CancellationToken cancellationToken)
    {
        var at = TextPosition.Of(asked.Request.Text, path.Span.Start);
        try
        {
            await folder.ListAsync(connection, Listing, asked.ImageCol, path, asked.Options, cancellationToken);
        }
        catch (QueryException wrong) when (wrong.Position is null)
        {
            throw new QueryException(wrong.Code, wrong.Message, at, wrong.Hint, wrong);
        }
        catch (StoreException wrong) when (wrong is InvalidPathException or BucketNotFoundException)
        {
            throw new QueryException(wrong is InvalidPathException ? ErrorCode.BadRequest : ErrorCode.NotFound, wrong.Message, at, inner: wrong);
        }
    }

    // The old table goes in the moment in which the new one is whole
    private static async Task<long> KeepAsync(NpgsqlConnection connection, SqlText rows, Asked asked, CancellationToken cancellationToken)
    {
        var name = TableWriter.Name(asked.Table);
        var make = rows.Behind($"CREATE TABLE {name} AS ");
        await using var batch = new NpgsqlBatch(connection);
        if (asked.Options.Overwrite)
            batch.BatchCommands.Add(new NpgsqlBatchCommand($"DROP TABLE IF EXISTS {name}"));
        var made = new NpgsqlBatchCommand(make.Sql);
        batch.BatchCommands.Add(made);
        try
        {
            await batch.ExecuteNonQueryAsync(cancellationToken);
            return (long)made.Rows;
        }
        catch (PostgresException error) when (error.SqlState != PostgresErrorCodes.QueryCanceled)
        {
            throw error.SqlState switch
            {
                PostgresErrorCodes.DuplicateTable => asked.Exists(error),
                PostgresErrorCodes.DependentObjectsStillExist => TableWriter.Depended(error, asked.Table, asked.At),
                _ => QueryException.Of(error, make, asked.Request.Text),
            };
        }
    }

    private async Task<string> AlgorithmAsync(StatementRequest request, CreateTableUsingStatement statement, CancellationToken cancellationToken)
    {
        var name = statement.Model;
        if (await models.FindAsync(name.Folded, cancellationToken) is { CurrentVersionId: not null } model)
            return model.Algorithm;
        if (OtherAlgorithms.Refusal(request.Text, statement, name, []) is { } other)
            throw other;
        var known = (await models.ListAsync(cancellationToken)).Where(m => m.CurrentVersionId is not null).Select(m => m.Name).ToList();
        throw new QueryException(
            ErrorCode.UnknownModel, $"There is no model '{name.Folded}'.", TextPosition.Of(request.Text, name.Span.Start),
            NearestName.Of(name.Folded, known) is { } nearest ? $"Did you mean '{nearest}'?" : "Build one: BUILD MODEL … USING SimCLR AS SELECT …");
    }

    private async Task RefuseFilledAsync(
        string text, CreateTableUsingStatement statement, string table, PictureTableOptions options, CancellationToken cancellationToken)
    {
        if (!options.Overwrite || !await pipelines.IsFilledAsync(table, cancellationToken))
            return;
        throw new QueryException(
            ErrorCode.AlreadyExists, $"A pipeline fills table '{table}': it is not replaced by one without its columns.",
            TextPosition.Of(text, statement.Table.Span.Start), "Choose another name; COPY replaces such a table.");
    }

    /// <param name="Algorithm">Of the model.</param>
    private sealed record Asked(
        StatementRequest Request, CreateTableUsingStatement Statement, PictureTableOptions Options, string Table, string Algorithm)
    {
        public TextPosition At => TextPosition.Of(Request.Text, Statement.Table.Span.Start);

        public string ImageCol => PictureTableOptions.TextOf(Options.ImageCol) ?? "image_path";

#pragma warning disable CA1308 // names of columns were lower case
        private string ResultCol => PictureTableOptions.TextOf(Options.ResultCol) ?? $"{Statement.Model.Folded}_{Algorithm.ToLowerInvariant()}";
#pragma warning restore CA1308

        /// <summary>
        /// The statement as the CONVERT that it is. The listing's query stands behind the user's text, so that places in that text stay what they
        /// are.
        /// </summary>
        public QuerySyntax AsConvert(string listing)
        {
            var rows = $"SELECT * FROM {listing}";
            var text = Statement.Source is null ? $"{Request.Text}\n{rows}" : Request.Text;
            var behind = new TextSpan(text.Length - rows.Length, rows.Length);
            var source = Statement.Source ?? new QuerySyntax(text, behind, [new SqlPart(behind)]);
            var convert = new ConvertStatement(Statement.Span, Statement.Model, ConvertOptions(), source);
            return new QuerySyntax(text, Statement.Span, [new StatementPart(Statement.Span, convert, StatementPlace.TopLevel)]);
        }

        public QueryException Exists(Exception? error) => new(
            ErrorCode.AlreadyExists, $"There is a table '{Table}' already.", At, "Replace it with OPTIONS (overwrite=True).", error);

        private OptionList ConvertOptions()
        {
            var image = Options.ImageCol ?? (Statement.Folder is null ? null : Of("image_col", ImageCol));
            // Embeddings were arrays of numbers when this statement was taught
            Option?[] all = [Options.ResultCol ?? Of("result_col", ResultCol), Of("result_type", "real[]"), image];
            return new OptionList([.. all.OfType<Option>()], Statement.Options.Span);
        }

        private Option Of(string name, string value)
        {
            var at = Statement.Model.Span;
            return new Option(new Name(name, at, false), new StringValue(value, value, at));
        }
    }
}
