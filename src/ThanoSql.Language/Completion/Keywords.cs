namespace ThanoSql.Language.Completion;

/// <summary>The words that an editor colours and completes, in upper case: of PostgreSQL those that people write in statements.</summary>
public static class Keywords
{
    private const string OfClauses =
        "FROM WHERE GROUP BY HAVING ORDER ASC DESC NULLS FIRST LAST LIMIT OFFSET DISTINCT AS ON USING JOIN INNER LEFT RIGHT FULL OUTER " +
        "CROSS NATURAL LATERAL UNION INTERSECT EXCEPT ALL ANY SOME EXISTS IN IS NOT NULL AND OR BETWEEN LIKE ILIKE SIMILAR CASE WHEN THEN " +
        "ELSE END CAST TRUE FALSE RECURSIVE INTO SET RETURNING DEFAULT PRIMARY KEY UNIQUE REFERENCES CHECK VIEW MATERIALIZED INDEX SEQUENCE " +
        "COLUMN ADD IF CASCADE OVER PARTITION FILTER WINDOW FETCH FOR TABLESAMPLE ARRAY INTERVAL CONFLICT DO NOTHING COLLATE TEMPORARY " +
        "REFRESH MODEL OPTIONS THANOSQL";

    // Those of them that stand for no column without quotes, and others like them
    private const string ThatAreReserved =
        "ALL ANALYSE ANALYZE AND ANY ARRAY AS ASC ASYMMETRIC AUTHORIZATION BINARY BOTH CASE CAST CHECK COLLATE COLLATION COLUMN " +
        "CONCURRENTLY CONSTRAINT CREATE CROSS CURRENT_CATALOG CURRENT_DATE CURRENT_ROLE CURRENT_SCHEMA CURRENT_TIME CURRENT_TIMESTAMP " +
        "CURRENT_USER DEFAULT DEFERRABLE DESC DISTINCT DO ELSE END EXCEPT FALSE FETCH FOR FOREIGN FREEZE FROM FULL GRANT GROUP HAVING ILIKE " +
        "IN INITIALLY INNER INTERSECT INTO IS ISNULL JOIN LATERAL LEADING LEFT LIKE LIMIT LOCALTIME LOCALTIMESTAMP NATURAL NOT NOTNULL NULL " +
        "OFFSET ON ONLY OR ORDER OUTER OVERLAPS PLACING PRIMARY REFERENCES RETURNING RIGHT SELECT SESSION_USER SIMILAR SOME SYMMETRIC " +
        "SYSTEM_USER TABLE TABLESAMPLE THEN TO TRAILING TRUE UNION UNIQUE USER USING VARIADIC VERBOSE WHEN WHERE WINDOW WITH";

    private static readonly HashSet<string> Reserved = new(ThatAreReserved.Split(' '), StringComparer.OrdinalIgnoreCase);

    /// <summary>The first words of statements that this engine runs: what it is made for before what PostgreSQL does.</summary>
    public static IReadOnlyList<string> Starts { get; } =
    [
        "SELECT", "PREDICT", "SEARCH", "EVALUATE", "CONVERT", "PRINT", "BUILD", "FIT", "UPLOAD", "LIST", "GET", "FUNCTION", "WITH", "INSERT",
        "UPDATE", "DELETE", "CREATE", "ALTER", "DROP", "EXPLAIN", "VALUES", "TABLE", "COPY", "TRUNCATE", "MERGE",
    ];

    /// <summary>All of them, without repetition.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Starts.Union(OfClauses.Split(' '))];

    /// <summary>Whether PostgreSQL (15 to 18; appendix C of its manual) takes the word for a name only in quotes.</summary>
    public static bool IsReserved(string word) => Reserved.Contains(word);
}
