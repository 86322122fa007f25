using System.Globalization;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Answers;
using ThanoSql.Language.Syntax;
using ThanoSql.Sql.Text;

namespace ThanoSql.Sql.Predict;

/// <summary>
/// The rows of a source with the model's best label beside each. A source that reads a pipeline's table with nothing left to key becomes a look-up per row, which streams;
/// any other runs once into a temporary table, in order, where images that have no answer yet get one.
/// </summary>
internal sealed class AnsweredSource
{
    private const string Ordinal = "thanosql_ordinal";

    private AnsweredSource(ServingModel model, string imageColumn, IReadOnlyList<string> columns)
    {
        Model = model;
        ImageColumn = imageColumn;
        Columns = columns;
    }

    public ServingModel Model { get; }

    public string ImageColumn { get; }

    /// <summary>Those of the source, in order.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>Set when the rows were kept; null when the source can be asked directly.</summary>
    public string? Table { get; private set; }

    /// <summary>The column of <see cref="Table"/> with the best label, and the order of its rows.</summary>
    public const string BestLabel = "thanosql_best";

    public static string OrderBy => $"ORDER BY {Ordinal}";

    public static async Task<AnsweredSource> OpenAsync(
        Session session, SourcedStatement statement, Name modelName, string? imageColumn, CommonTable? scope, bool keep, CancellationToken cancellation)
    {
        var model = await ModelLookup.FindAsync(session, modelName, cancellation);
        var columns = await session.ColumnsAsync(statement, scope, cancellation);
        RefuseTwins(session, statement, columns);
        var source = new AnsweredSource(model, ModelLookup.ImageColumn(session, statement, model, imageColumn, columns), columns);
        if (keep || !await source.IsKeyedAsync(session, statement, scope, cancellation)) await source.KeepAsync(session, statement, scope, cancellation);
        return source;
    }

    /// <summary>The condition under which a row of <c>thanosql.answer</c> speaks of the image of a row of <paramref name="alias"/>.</summary>
    public string AnswerOf(string alias, Session session)
    {
        var path = $"{alias}.{Identifier.Quote(ImageColumn)}::text";
        var version = Model.VersionId.ToString(CultureInfo.InvariantCulture);
        return $"a.version_id = {version} AND a.bucket = thanosql.object_bucket({path}, {Identifier.Literal(session.Options.Workspace)}) AND a.key = thanosql.object_key({path})";
    }

    private async Task<bool> IsKeyedAsync(Session session, SourcedStatement statement, CommonTable? scope, CancellationToken cancellation)
    {
        if (!statement.Source.IsPlainSql || SimpleSource.TableOf(statement.Source.Sql) is not { } table) return false;
        // A WITH query of that name hides the table.
        if (scope?.InScope().Any(t => t.Name == table) == true) return false;
        return await session.Answers.IsKeyedAsync(table, ImageColumn, Model.Name, cancellation);
    }

    private async Task KeepAsync(Session session, SourcedStatement statement, CommonTable? scope, CancellationToken cancellation)
    {
        Table = session.NewName();
        var sql = session.Draft.Compose().Add($"CREATE TEMPORARY TABLE {Table} AS SELECT s.*, a.keyword AS {BestLabel} FROM (SELECT row_number() OVER () AS {Ordinal}, q.* FROM ");
        SourceText.AddTo(sql, statement.Source, scope).Add($" AS q) AS s LEFT JOIN thanosql.answer a ON a.rank = 1 AND {AnswerOf("s", session)}");
        await session.ExecuteAsync(sql.Build(), cancellation);

        var missing = await MissingAsync(session, cancellation);
        if (missing.Count == 0) return;
        await session.FillAsync(Model, missing, cancellation);
        await session.ExecuteAsync($"UPDATE {Table} s SET {BestLabel} = a.keyword FROM thanosql.answer a WHERE s.{BestLabel} IS NULL AND a.rank = 1 AND {AnswerOf("s", session)}", cancellation);
        await TellAsync(session, cancellation);
    }

    private async Task<IReadOnlyList<string>> MissingAsync(Session session, CancellationToken cancellation) =>
        await session.StringsAsync($"SELECT DISTINCT {Identifier.Quote(ImageColumn)}::text FROM {Table} WHERE {BestLabel} IS NULL AND {Identifier.Quote(ImageColumn)} IS NOT NULL", cancellation);

    private async Task TellAsync(Session session, CancellationToken cancellation)
    {
        var left = await MissingAsync(session, cancellation);
        if (left.Count == 0) return;
        session.Messages.Add(string.Create(CultureInfo.InvariantCulture,
            $"{left.Count} image(s) could not be read and have no answer, for example '{left[0]}'. Why: SELECT * FROM thanosql.failures"));
    }

    private static void RefuseTwins(Session session, SourcedStatement statement, IReadOnlyList<string> columns)
    {
        var twin = columns.GroupBy(c => c).FirstOrDefault(g => g.Skip(1).Any());
        if (twin is null) return;
        throw new QueryException(
            QueryErrorCodes.ColumnExists, $"The source of {statement.Verb} has two columns named '{twin.Key}'.", session.At(statement.Source.Span), "Name them apart: SELECT a.x AS a_x, b.x AS b_x …");
    }
}
