using System.Globalization;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Keywords;
using ThanoSql.Catalog.Models;
using ThanoSql.Language.Syntax;
using ThanoSql.Planning.Text;

namespace ThanoSql.Planning.Predict;

/// <summary>
/// The rows of a source with the model's best label beside each: a look-up per row, which streams, where the source reads a pipeline's table with
/// nothing left to key, or where the request may end at an image without answer. Else it runs once into a temporary table, in order, where images
/// that have no answer yet get one.
/// </summary>
internal sealed class AnsweredSource
{
    private const string Ordinal = "thanosql_ordinal";

    private AnsweredSource(QueryFacts facts, string imageColumn, IReadOnlyList<string> columns)
    {
        Facts = facts;
        ImageColumn = imageColumn;
        Columns = columns;
    }

    public QueryFacts Facts { get; }

    public ServingModel Model => Facts.Model;

    public string ImageColumn { get; }

    /// <summary>Those of the source, in order.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>Set when the rows were kept; null when the source can be asked directly.</summary>
    public string? Table { get; private set; }

    // Whether a row may turn out to have no answer.
    private bool IsUnsure { get; set; }

    /// <summary>The column of <see cref="Table"/> with the best label, and the order of its rows.</summary>
    public const string BestLabel = "thanosql_best";

    public static string OrderBy => $"ORDER BY {Ordinal}";

    /// <param name="session">The request.</param>
    /// <param name="statement">Whose source.</param>
    /// <param name="modelName">The model that answers.</param>
    /// <param name="options">What the statement says of it.</param>
    /// <param name="scope">WITH queries around the statement.</param>
    /// <param name="cancellationToken">Cancels what runs on the server, too.</param>
    public static async Task<AnsweredSource> OpenAsync(
        Session session, SourcedStatement statement, Name modelName, SourceOptions options, CommonTable? scope, CancellationToken cancellationToken)
    {
        // The catalog is asked on the owner's connection while the user's describes the source.
        var asking = ModelLookup.FindAsync(
            session, modelName, options.Rows is SourceRows.Kept ? null : TableOf(statement, scope), options.Word, cancellationToken);
        var describing = session.ColumnsAsync(statement, scope, cancellationToken);
        await Task.WhenAll(asking, describing);
        var (facts, columns) = (await asking, await describing);
        RefuseDuplicates(session, statement, columns);
        var source = new AnsweredSource(facts, ModelLookup.ImageColumn(session, statement, facts.Model, options.ImageColumn, columns), columns);
        if (facts.KeyedThrough.TryGetValue(source.ImageColumn, out var keyedBy))
        {
            session.Expect(source.StillKeyed(TableOf(statement, scope)!, keyedBy));
        }
        else if (options.Rows is SourceRows.Streamed && !session.Fills)
        {
            source.IsUnsure = true;
            session.Expect(source.SameModel());
        }
        else
        {
            await source.KeepAsync(session, statement, scope, cancellationToken);
        }

        return source;
    }

    /// <summary>The best label of a row of <paramref name="alias"/>.</summary>
    public string BestOf(string alias, Session session)
    {
        var best = $"(SELECT a.keyword FROM thanosql.answer a WHERE a.rank = 1 AND {AnswerOf(alias, session)})";
        return IsUnsure ? $"coalesce({best}, thanosql.unanswered({Path(alias)}))" : best;
    }

    // The condition under which a row of thanosql.answer speaks of the image of a row of an alias.
    private string AnswerOf(string alias, Session session)
    {
        var path = Path(alias);
        var version = Model.VersionId.ToString(CultureInfo.InvariantCulture);
        return $"a.version_id = {version} AND a.bucket = thanosql.object_bucket({path}, {Identifier.Literal(session.Options.Workspace)}) AND a.key = thanosql.object_key({path})";
    }

    /// <summary>The one table that a source reads row by row; null for every other source.</summary>
    private static string? TableOf(SourcedStatement statement, CommonTable? scope)
    {
        if (!statement.Source.IsPlainSql || SimpleSource.TableOf(statement.Source.Sql) is not { } table)
            return null;
        // A WITH query of that name hides the table.
        return scope?.InScope().Any(t => t.Name == table) == true ? null : table;
    }

    private string Path(string alias) => $"{alias}.{Identifier.Quote(ImageColumn)}::text";

    private PlanCheck SameModel() =>
        new($"SELECT stamp FROM thanosql.model_stamp WHERE name = {Identifier.Literal(Model.Name)}", ["stamp"], [Facts.Stamp]);

    private PlanCheck StillKeyed(string table, string keyedBy)
    {
        var model = Identifier.Literal(Model.Name);
        var sql = $"""
            SELECT (SELECT stamp FROM thanosql.model_stamp WHERE name = {model}) AS stamp,
                   EXISTS (SELECT FROM thanosql.correction WHERE model_name = {model})::text AS corrected,
                   (NOT EXISTS (SELECT FROM public.{Identifier.Quote(table)} WHERE {Identifier.Quote(keyedBy)} IS NULL AND {Identifier.Quote(ImageColumn)} IS NOT NULL))::text AS keyed
            """;
        return new PlanCheck(sql, ["stamp", "corrected", "keyed"], [Facts.Stamp, Facts.HasCorrections ? "true" : "false", "true"]);
    }

    private async Task KeepAsync(Session session, SourcedStatement statement, CommonTable? scope, CancellationToken cancellationToken)
    {
        session.KeepsRows();
        Table = session.NewName();
        // A look-up per row costs what the source is large; as a join, PostgreSQL may hash every answer there is instead.
        var sql = session.Draft.Compose().Add(
            $"CREATE TEMPORARY TABLE {Table} AS SELECT s.*, {BestOf("s", session)} AS {BestLabel} "
            + $"FROM (SELECT row_number() OVER () AS {Ordinal}, q.* FROM ");
        SourceText.AddTo(sql, statement.Source, scope).Add(" AS q) AS s");
        await session.ExecuteAsync(sql.Build(), cancellationToken);

        var missing = await MissingAsync(session, cancellationToken);
        if (missing.Count == 0)
            return;
        await session.FillAsync(Model, missing, cancellationToken);
        await session.ExecuteAsync($"UPDATE {Table} s SET {BestLabel} = a.keyword FROM thanosql.answer a WHERE s.{BestLabel} IS NULL AND a.rank = 1 AND {AnswerOf("s", session)}", cancellationToken);
        await TellAsync(session, cancellationToken);
    }

    private async Task<IReadOnlyList<string>> MissingAsync(Session session, CancellationToken cancellationToken) =>
        await session.RowsAsync<string>($"SELECT DISTINCT {Identifier.Quote(ImageColumn)}::text FROM {Table} WHERE {BestLabel} IS NULL AND {Identifier.Quote(ImageColumn)} IS NOT NULL", cancellationToken);

    private async Task TellAsync(Session session, CancellationToken cancellationToken)
    {
        var left = await MissingAsync(session, cancellationToken);
        if (left.Count == 0)
            return;
        session.Messages.Add(string.Create(CultureInfo.InvariantCulture,
            $"{left.Count} image(s) could not be read and have no answer, for example '{left[0]}'. Why: SELECT * FROM thanosql.failures"));
    }

    private static void RefuseDuplicates(Session session, SourcedStatement statement, IReadOnlyList<string> columns)
    {
        var twin = columns.GroupBy(c => c).FirstOrDefault(g => g.Skip(1).Any());
        if (twin is null)
            return;
        throw new QueryException(
            ErrorCode.ColumnExists, $"The source of {statement.Verb} has two columns named '{twin.Key}'.", session.At(statement.Source.Span),
            "Name them apart: SELECT a.x AS a_x, b.x AS b_x …");
    }
}
