using ThanoSql.Vision.Trunks;

namespace ThanoSql.Planning;

/// <summary>LIST: what there is, as a query.</summary>
internal static class ListRewriter
{
    /// <param name="session">The request.</param>
    /// <param name="statement">What to list.</param>
    /// <param name="datasets">Names and data types of the datasets that GET THANOSQL DATASET knows.</param>
    public static string Rewrite(Session session, ListStatement statement, IReadOnlyList<(string Name, string DataType)> datasets)
    {
        var old = session.Options.Dialect == ModelDialect.Old;
        var asFirst = old || statement.Span.Of(session.Draft.Text).Contains("THANOSQL_MODEL", StringComparison.OrdinalIgnoreCase); // June 2022
        return statement.Kind switch
        {
            ListKind.Tables => "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public' ORDER BY table_name",
            ListKind.Models => AnswerSql.Models(session.Options.Dialect),
            ListKind.PrebuiltModels when asFirst => Values(Prebuilt, "model_name", "model"),
            ListKind.PrebuiltModels => $"SELECT name, class_name, NULL::text AS last_updated_utc FROM ({Values(Prebuilt, "name", "class_name")}) p",
            ListKind.Datasets => Values(datasets.Select(d => new[] { d.Name, d.DataType }), old ? "dataset_name" : "name", "data_type"),
            ListKind.Tutorials => Values([], "tutorial_name", "model_used", "dataset_used", "data_type"),
            _ => throw new QueryException(ErrorCode.NotSupported, $"LIST {statement.Kind} is not supported.", session.At(statement.Span)),
        };
    }

    private static IEnumerable<string[]> Prebuilt => PrebuiltTrunks.All.Select(t => new[] { t.Name, t.Algorithm });

    private static string Values(IEnumerable<string[]> rows, params string[] columns)
    {
        var lines = rows.Select(row => $"({string.Join(", ", row.Select(Identifier.Literal))})").ToList();
        return lines.Count == 0
            ? $"SELECT {string.Join(", ", columns.Select(c => $"NULL::text AS {c}"))} WHERE false"
            : $"SELECT * FROM (VALUES {string.Join(", ", lines)}) AS v({string.Join(", ", columns)})";
    }
}
