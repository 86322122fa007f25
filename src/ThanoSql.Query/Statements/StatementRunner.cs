using ThanoSql.Language;
using ThanoSql.Language.Syntax;
using ThanoSql.Sql;

namespace ThanoSql.Query.Statements;

/// <summary>Reads a request, checks the token's scope and hands it to the handler of its statement: the way in for HTTP and the websocket alike.</summary>
public sealed class StatementRunner(RowsHandler rows)
{
    /// <exception cref="ThanoSqlSyntaxException">The text is not ThanoSQL.</exception>
    /// <exception cref="QueryException">It cannot be done; nothing is left half done.</exception>
    public async Task<StatementOutcome> RunAsync(StatementRequest request, CancellationToken cancellation)
    {
        var query = ThanoSqlParser.Parse(request.Text);
        return query.Statement switch
        {
            null => await rows.RunSqlAsync(request, query, cancellation),
            PredictStatement or SearchStatement or EvaluateStatement or ListStatement => await rows.RunAsync(request, query, cancellation),
            var other => throw NotSupported(request, other),
        };
    }

    private static QueryException NotSupported(StatementRequest request, Statement statement) => new(
        QueryErrorCodes.NotSupported, $"{statement.Verb} is not supported: this engine classifies and finds images.", TextPosition.Of(request.Text, statement.Span.Start));
}
