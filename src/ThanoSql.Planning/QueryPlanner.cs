using Microsoft.Extensions.Options;
using ThanoSql.Planning.Pictures;

namespace ThanoSql.Planning;

/// <summary>
/// Turns a request with ThanoSQL statements at any depth into SQL that PostgreSQL runs: inner statements first, each replaced by a query. Plain SQL
/// passes untouched.
/// </summary>
public sealed class QueryPlanner(
    AnswerCatalog answers, FillAnswers fill, PictureMeans pictures, DatasetNames datasets, IOptions<SqlOptions> options) : IDisposable
{
    private readonly PlanMemory _memory = new();

    public void Dispose() => _memory.Dispose();

    /// <summary>
    /// The plan of an equal request before, to be run on any connection of a user: its checks go with it, in one round trip. Planning anew takes two
    /// more.
    /// </summary>
    /// <param name="query">A request that only reads: when a check fails, it runs once more.</param>
    /// <returns>Null when there is none, or when it needs rows that are kept for it.</returns>
    public PlannedQuery? Recall(QuerySyntax query)
    {
        ArgumentNullException.ThrowIfNull(query);
        return _memory.Recall(query.Sql);
    }

    /// <param name="query">A request whose own statement, if it is one, gives rows: PREDICT, SEARCH, CONVERT, …, or SQL.</param>
    /// <param name="connection">The user's, open, outside a transaction; the planned query must run on it.</param>
    /// <param name="fills">
    /// Whether images without an answer get one first. If not, PREDICT looks answers up as its rows are read, which is faster where all have one: the
    /// planned query, or the planning, ends with <see cref="ErrorCode.UnansweredState"/> at the first image that has none, and is to be planned anew.
    /// </param>
    /// <param name="report">Progress, for people.</param>
    /// <param name="cancellationToken">Cancels what runs on the server, too.</param>
    /// <exception cref="QueryException">The request cannot be answered.</exception>
    public async Task<PlannedQuery> PlanAsync(
        QuerySyntax query, NpgsqlConnection connection, bool fills, Action<string> report, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        var session = new Session(connection, new SqlDraft(query.Text), new(answers, fill, pictures, options.Value), fills, report);
        await RewritePartsAsync(session, query, null, cancellationToken);
        var sql = session.Draft.Render(query.Span);
        if (session.Checks is { Count: > 0 } checks)
            _memory.Keep(query.Sql, new PlannedQuery(sql, [], checks));
        return new PlannedQuery(sql, session.Messages, []);
    }

    private async Task RewritePartsAsync(Session session, QuerySyntax query, CommonTable? outer, CancellationToken cancellationToken)
    {
        foreach (var part in query.Parts.OfType<StatementPart>())
        {
            var scope = part.CommonTables ?? outer;
            RefuseLateral(session, part);
            await OtherAlgorithms.RefuseAsync(session, part.Statement, cancellationToken);
            if (SourceOf(part.Statement) is { } source)
                await RewritePartsAsync(session, source, scope, cancellationToken);
            var sql = await RewriteAsync(session, part, scope, cancellationToken);
            session.Draft.Replace(part.Span, sql);
            if (part is { HasAlias: false, Place: StatementPlace.FromItem or StatementPlace.JoinItem, Parentheses: { } parentheses })
                session.Draft.Insert(parentheses.End, $" AS {session.NewName()}");
        }
    }

    private async Task<string> RewriteAsync(Session session, StatementPart part, CommonTable? scope, CancellationToken cancellationToken) =>
        part.Statement switch
        {
            PredictStatement predict => await PredictRewriter.RewriteAsync(session, predict, part.Place, scope, cancellationToken),
            SearchStatement search => await SearchRewriter.RewriteAsync(session, search, scope, cancellationToken),
            EvaluateStatement evaluate => await EvaluateRewriter.RewriteAsync(session, evaluate, scope, cancellationToken),
            ConvertStatement convert => await ConvertRewriter.RewriteAsync(session, convert, scope, cancellationToken),
            FunctionStatement function => await FunctionRewriter.RewriteAsync(session, function, scope, cancellationToken),
            ListStatement list => ListRewriter.Rewrite(session, list, datasets()),
            var other => throw NotSupported(session, other),
        };

    private static QuerySyntax? SourceOf(Statement statement) =>
        statement is FunctionStatement function ? function.Source : (statement as SourcedStatement)?.Source;

    private static QueryException NotSupported(Session session, Statement statement)
    {
        var model = statement is AppliedStatement applied ? $" USING {applied.Model}" : "";
        return new QueryException(
            ErrorCode.NotSupported, $"{statement.Verb}{model} is not supported: this engine classifies and finds images.",
            session.At(statement.Span), "It answers PREDICT, EVALUATE, CONVERT and SEARCH IMAGE with models of BUILD MODEL … USING ConvNeXt_Tiny.");
    }

    private static void RefuseLateral(Session session, StatementPart part)
    {
        if (part.Place != StatementPlace.LateralItem)
            return;
        throw new QueryException(
            ErrorCode.CorrelatedSource, $"{part.Statement.Verb} cannot stand behind LATERAL: its source runs once and by itself.",
            session.At(part.Statement.Span), "Leave LATERAL out and join on the image column.");
    }
}

/// <summary>Names and data types (<c>image</c>, …) of the datasets that GET THANOSQL DATASET knows.</summary>
public delegate IReadOnlyList<(string Name, string DataType)> DatasetNames();
