namespace ThanoSql.Indexer.Demo;

/// <summary>
/// The keyword image search tutorial of September 2022, statement by statement; one word is changed to a label that the stand-in data has.
/// </summary>
internal static class Tutorial
{
    public static readonly IReadOnlyList<string> Statements =
    [
        """
        GET THANOSQL DATASET diet_data
        OPTIONS (overwrite=True)
        """,
        """
        COPY diet
        OPTIONS (overwrite=True)
        FROM "thanosql-dataset/diet_data/diet.csv"
        """,
        "SELECT * FROM diet",
        """
        BUILD MODEL diet_image_classification
        USING ConvNeXt_Tiny
        OPTIONS (
            image_col='image_path',
            label_col='label',
            epochs=1,
            overwrite=True
            )
        AS
        SELECT *
        FROM diet
        """,
        """
        PREDICT USING diet_image_classification
        AS
        SELECT *
        FROM diet
        """,
        Joined("과일"),
        Joined("사과파이"),
    ];

    private static string Joined(string label) => $"""
        SELECT A.image_path, A.label, B.predicted
        FROM diet A
        LEFT JOIN (
            SELECT *
            FROM (PREDICT USING diet_image_classification
            AS SELECT * FROM diet)) B
        ON A.image_path = B.image_path
        WHERE A.label = B.predicted
        AND A.label LIKE '{label}'
        LIMIT 10
        """;
}
