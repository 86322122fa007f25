using System.Text.RegularExpressions;
using Dapper;
using ThanoSql.Query.Copying;
using ThanoSql.Query.Datasets;
using ThanoSql.Query.Tables;
using ThanoSql.Query.Training;

namespace ThanoSql.Query.Statements;

/// <summary>
/// Reads a request, checks the token's scope and hands it to the handler of its statement: the way in for HTTP and the websocket alike.
/// </summary>
internal sealed class StatementRunner(
    RowsHandler rows, PrintHandler print, CopyHandler copy, PictureTableHandler pictures, DatasetHandler datasets, TrainingHandler training,
    NearestTable tables, IOptions<QueryLimits> limits)
{
    /// <exception cref="ThanoSqlSyntaxException">The text is not ThanoSQL.</exception>
    /// <exception cref="QueryException">It cannot be done; nothing is left half done.</exception>
    public async Task<StatementOutcome> RunAsync(StatementRequest request, CancellationToken cancellationToken)
    {
        StatementSize.CheckText(request.Text, limits.Value);
        var query = ThanoSqlParser.Parse(request.Text);
        StatementSize.Check(query, limits.Value);
        try
        {
            return await HandleAsync(request, query, cancellationToken);
        }
        catch (QueryException unknown) when (NearestTable.CanHelp(unknown))
        {
            throw await tables.HelpAsync(unknown, cancellationToken);
        }
    }

    private async Task<StatementOutcome> HandleAsync(StatementRequest request, QuerySyntax query, CancellationToken cancellationToken) =>
        query.Statement switch
        {
            null or { IsNestable: true } => await rows.RunAsync(request, query, cancellationToken),
            PrintStatement statement => await print.RunAsync(request, statement, cancellationToken),
            CopyStatement statement => await copy.RunAsync(request, statement, cancellationToken),
            CreateTableUsingStatement statement => await pictures.RunAsync(request, statement, cancellationToken),
            GetDatasetStatement statement => await datasets.RunAsync(request, statement, cancellationToken),
            GetModelStatement statement => await training.GetAsync(request, statement, cancellationToken),
            BuildModelStatement statement => await training.RunAsync(request, statement, statement.Model, cancellationToken),
            FitModelStatement statement => await training.RunAsync(request, statement, statement.Model, cancellationToken),
            UploadModelStatement statement => await training.RunAsync(request, statement, statement.Model, cancellationToken),
            DeleteModelStatement statement => await training.RunAsync(request, statement, statement.Model, cancellationToken),
            var other => throw NotSupported(request, other),
        };

    private static QueryException NotSupported(StatementRequest request, Statement statement) => new(
        ErrorCode.NotSupported, $"{statement.Verb} is not supported: this engine classifies and finds images.",
        TextPosition.Of(request.Text, statement.Span.Start));
}

/// <summary>PostgreSQL names the column that was probably meant, but not the table; this does.</summary>
public sealed partial class NearestTable(NpgsqlDataSource owner)
{
    /// <summary>Whether an error says that a table is not there, and nothing else.</summary>
    internal static bool CanHelp(QueryException error) => error is { Code.Name: PostgresErrorCodes.UndefinedTable, Hint: null };

    /// <returns>The error with the nearest table of the users' schema as its hint, if there is one.</returns>
    internal async Task<QueryException> HelpAsync(QueryException error, CancellationToken cancellationToken)
    {
        if (Quoted().Match(error.Message) is not { Success: true } name)
            return error;
        await using var connection = await owner.OpenConnectionAsync(cancellationToken);
        var tables = (await connection.QueryAsync<string>(new CommandDefinition(
            "SELECT relname FROM pg_catalog.pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')",
            cancellationToken: cancellationToken))).AsList();
        return NearestName.Of(name.Groups[1].Value, tables) is { } nearest
            ? new QueryException(error.Code, error.Message, error.Position, $"Did you mean '{nearest}'?", error)
            : error;
    }

    [GeneratedRegex("\"(?:public\\.)?([^\"]+)\"")]
    private static partial Regex Quoted();
}
