using ThanoSql.Catalog;
using ThanoSql.Language.Syntax;
using ThanoSql.Planning.Options;

namespace ThanoSql.Planning.Predict;

/// <summary>PREDICT: the model's own best label per row, whatever people or thresholds say; NULL for an image that cannot be read.</summary>
internal static class PredictRewriter
{
    public static async Task<string> RewriteAsync(
        Session session, PredictStatement statement, CommonTable? scope, CancellationToken cancellationToken)
    {
        var options = PredictOptions.Read(statement, session.Draft.Text);
        var source = await AnsweredSource.OpenAsync(
            session, statement, statement.Model, new(options.ImageColumn, Rows: options.StoreAs is null ? SourceRows.Streamed : SourceRows.Kept),
            scope, cancellationToken);
        var columns = PredictColumns.Of(session, statement, source, options.ResultColumn);
        var result = Identifier.Quote(columns.Result);
        if (source.Table is null)
        {
            var direct = session.Draft.Compose()
                .Add($"SELECT {columns.List("s")}, {source.BestOf("s", session)} AS {result} FROM ");
            return Text.SourceText.AddTo(direct, statement.Source, scope).Add(" AS s").Build().Sql;
        }

        var kept = $"SELECT {columns.List("s")}, s.{AnsweredSource.BestLabel} AS {result} FROM {source.Table} s {AnsweredSource.OrderBy}";
        if (options.StoreAs is { } table)
            await StoreAsync(session, table, kept, cancellationToken);
        return kept;
    }

    // table_name (2023): the result is also kept as a table, in the place of an older one.
    private static async Task StoreAsync(Session session, string table, string rows, CancellationToken cancellationToken)
    {
        var name = $"public.{Identifier.Quote(table)}";
        await session.ExecuteAsync($"DROP TABLE IF EXISTS {name}", cancellationToken);
        await session.ExecuteAsync($"CREATE TABLE {name} AS {rows}", cancellationToken);
    }
}
