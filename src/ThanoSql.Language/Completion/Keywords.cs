using ThanoSql.Language.Parsing;

namespace ThanoSql.Language.Completion;

/// <summary>
/// The words that an editor colours and completes, in upper case: PostgreSQL's that people write in statements, and those of the dialect.
/// </summary>
public static class Keywords
{
    private const string OfSql =
        "SELECT FROM WHERE GROUP BY HAVING ORDER ASC DESC NULLS FIRST LAST LIMIT OFFSET DISTINCT AS ON USING JOIN INNER LEFT RIGHT FULL " +
        "OUTER CROSS NATURAL LATERAL UNION INTERSECT EXCEPT ALL ANY SOME EXISTS IN IS NOT NULL AND OR BETWEEN LIKE ILIKE SIMILAR CASE WHEN " +
        "THEN ELSE END CAST TRUE FALSE WITH RECURSIVE VALUES INTO SET RETURNING DEFAULT PRIMARY KEY UNIQUE REFERENCES CHECK TABLE VIEW " +
        "MATERIALIZED INDEX SEQUENCE COLUMN ADD IF CASCADE OVER PARTITION ROWS RANGE FILTER WINDOW FETCH FOR TABLESAMPLE ARRAY INTERVAL " +
        "CONFLICT DO NOTHING COLLATE TEMPORARY";

    private const string OfDialect = "MODEL OPTIONS IMAGE KEYWORD THANOSQL DATASET TUTORIAL";

    // Of the commands of a session or of the server's administration none can be asked for here
    private static readonly string[] Commands =
    [
        "SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP", "EXPLAIN", "VALUES", "TABLE", "COPY", "TRUNCATE", "MERGE",
    ];

    /// <summary>The first words of statements that this engine runs; what it is made for comes first.</summary>
    public static IReadOnlyList<string> Starts { get; } =
    [
        "SELECT", "PREDICT", "SEARCH", "EVALUATE", "PRINT", "BUILD", "FIT", "UPLOAD", "LIST", "GET", .. Commands.Skip(1),
    ];

    /// <summary>All words, without repetition.</summary>
    public static IReadOnlyList<string> All { get; } =
        [.. OfSql.Split(' ').Concat(OfDialect.Split(' ')).Concat(StatementStarts.Verbs).Concat(Misspellings.PostgresCommands).Distinct()];
}
