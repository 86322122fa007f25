namespace ThanoSql.Catalog.Images;

/// <summary>SQL that makes images due which no event is about: <c>thanosql.make_due</c> over what a query finds.</summary>
internal static class DueImages
{
    /// <summary>Whatever is known of an object is to be found out anew; it counts as another picture.</summary>
    public static string Anew(string objects, string source) => Sql(objects, source, "'{pending,indexed,failed,gone}', true");

    /// <summary>Indexed images that lack an answer; their bytes are not in doubt.</summary>
    public static string Unanswered(string objects) => Sql(objects, "row", "'{indexed}', false");

    // In parts, since an array has its limit
    private static string Sql(string objects, string source, string arguments) =>
        $"""
         SELECT count(*) FROM (
             SELECT array_agg(ROW(bucket, key, '{source}', NULL, NULL, NULL)::thanosql.due_object) AS objects
             FROM (SELECT bucket, key, (row_number() OVER (ORDER BY bucket COLLATE "C", key COLLATE "C") - 1) / 10000 AS part FROM ({objects}) o) o
             GROUP BY part ORDER BY part) p, thanosql.make_due(p.objects, {arguments})
         """;
}
