using ThanoSql.Catalog;
using ThanoSql.Language.Syntax;

namespace ThanoSql.Planning.Predict;

/// <summary>
/// The columns that PREDICT gives: until October 2022 the image column and <c>predicted</c>; since then all of the source and a result column.
/// </summary>
internal sealed record PredictColumns(IReadOnlyList<string> Kept, string Result)
{
    public const string OldResult = "predicted";
    public const string NewResult = "predict_result";

    /// <exception cref="QueryException">The source already has a column of the result's name.</exception>
    public static PredictColumns Of(Session session, PredictStatement statement, AnsweredSource source, string? resultColumn)
    {
        var isNew = resultColumn is not null || !source.Model.IsOldDialect;
        var columns = isNew
            ? new PredictColumns(source.Columns, resultColumn ?? NewResult)
            : new PredictColumns([source.ImageColumn], OldResult);
        if (!columns.Kept.Contains(columns.Result))
            return columns;
        throw new QueryException(
            ErrorCode.ColumnExists, $"The source already has a column '{columns.Result}'.", session.At(statement.Source.Span),
            "Choose another name: OPTIONS (result_col='…').");
    }

    public string List(string alias) => string.Join(", ", Kept.Select(c => $"{alias}.{Identifier.Quote(c)}"));
}
