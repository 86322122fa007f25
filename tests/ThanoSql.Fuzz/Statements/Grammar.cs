namespace ThanoSql.Fuzz.Statements;

/// <summary>
/// Writes statements as the dialect's manuals and people's mistakes have them: every verb, sources at any depth, both quote styles, options of all
/// types.
/// </summary>
internal sealed class Grammar(Random random)
{
    private const int Deepest = 5;

    private static readonly string[] Models = ["fuzz_model", "Fuzz_Model", "\"fuzz_model\"", "unknown", "과일", "m", "\"a\"\"b\""];
    private static readonly string[] Tables = ["diet", "public.diet", "\"diet\"", "nowhere", "thanosql.models", "diet d", "diet AS \"d.e\"", "과일"];
    private static readonly string[] Columns = ["*", "image_path", "d.label", "price", "\"label\"", "count(*)", "1", "price * 2 AS twice", "x[1:2]"];
    private static readonly string[] Options =
        ["image_col", "label_col", "result_col", "column_name", "epochs", "max_epochs", "overwrite", "if_exists", "top_k", "threshold", "batch_size",
            "keyword", "input_size", "trunk", "과일", "x"];
    private static readonly string[] Values =
        ["'image_path'", "\"label\"", "1", "-1", "0.5", "1e308", "9999999999999999999", "True", "false", "None", "['a', 'b']", "[]", "[1, [2, [3]]]",
            "name", "“label”", "‘it’’s’", "'it''s'", "'\\'", "''", "(1, 2)", "{}", "'과일'"];
    private static readonly string[] Conditions =
        ["price > 10", "label = '사과파이'", "label LIKE 'a%'", "image_path IS NOT NULL", "price::numeric < 1e3", "d.label <> $$x$$", "true -- c",
            "E'\\'' = '''' /* /* c */ */", "label\u00A0＝\u3000‘사과파이’", "price\u200B ＞＝ （1）",
            "price # 3 = 1", "ARRAY[1,2] @> ARRAY[price]", "label ~ '^(a|b)$'"];
    private static readonly string[] Plain =
        ["INSERT INTO fuzz_t SELECT * FROM {0}", "CREATE TABLE IF NOT EXISTS fuzz_t AS {0}", "CREATE VIEW fuzz_v AS {0}", "EXPLAIN {0}",
            "WITH {0}", "DROP TABLE IF EXISTS fuzz_t",
            "UPDATE diet SET price = price + 1 WHERE false", "DELETE FROM diet WHERE false", "VALUES (1, 'a'), (2, {0})",
            "SHOW server_version", "TABLE diet", "SET x = 1", "BEGIN", "SELECT {0}", "ALTER TABLE fuzz_t ADD COLUMN c int", "TRUNCATE fuzz_t",
            "MERGE INTO fuzz_t USING {0} ON true WHEN MATCHED THEN DELETE", "COMMENT ON TABLE fuzz_t IS 'x'"];

    public string Statement() => random.Next(20) switch
    {
        < 8 => Rows(0),
        8 => $"BUILD MODEL {One(Models)} USING {One(["ConvNeXt_Tiny", "convnext_atto", "x"])} {OptionList()} AS {Source(0)}",
        9 => $"FIT MODEL {One(Models)} USING {One(Models)} {OptionList()} AS {Source(0)}",
        10 => One([$"UPLOAD MODEL {One(Models)} {OptionList()} FROM 'x.onnx'", $"DELETE MODEL {One(Models)}", "LIST THANOSQL DATASET", "LIST MODEL"]),
        11 => $"COPY fuzz_c {OptionList()} FROM {One(["'a.csv'", "\"s3://b/c.csv\"", "'../x'", "[{'a': 1}]", "''", "'dir/'"])}",
        12 => $"GET THANOSQL DATASET nothing {OptionList()}",
        13 => $"PRINT {One(["IMAGE", "AUDIO", "VIDEO", "x"])} {OptionList()} AS {Source(0)}",
        14 => $"FUNCTION {One(["compute.similarity", "compute.groupby_emb_mean", "a.b", "a", "a.b.c"])} {OptionList()} "
            + One(["AS SELECT 1", "FROM 'x'", ""]),
        15 => $"CREATE TABLE fuzz_t USING {One(Models)} {OptionList()} {One(["FROM 'x'", $"AS {Source(0)}"])}",
        16 => $"PREPROCESS IMAGE USING x {OptionList()} FROM 'y'",
        17 => string.Format(CultureInfo.InvariantCulture, One(Plain), $"({Rows(1)})"),
        _ => Select(0),
    };

    private string Rows(int depth) => random.Next(6) switch
    {
        < 2 => $"PREDICT USING {One(Models)} {OptionList()} AS {Source(depth)}",
        2 => $"SEARCH IMAGE {One(["keyword='과일'", "label = \"a\"", "", "image='x.jpg'"])} USING {One(Models)} {OptionList()} AS {Source(depth)}",
        3 => $"EVALUATE USING {One(Models)} {OptionList()} AS {Source(depth)}",
        4 => $"{One(["CONVERT", "TRANSFORM", "GENERATE"])} USING {One(Models)} {OptionList()} AS {Source(depth)}",
        _ => $"SEARCH {One(["KEYWORD", "TEXT", "IMAGE"])} {OptionList()} AS {Source(depth)}",
    };

    private string Source(int depth) => random.Next(5) switch
    {
        0 => $"({Select(depth + 1)})",
        1 when depth < Deepest => Rows(depth + 1),
        2 => $"WITH {One(["", "RECURSIVE "])}c AS ({Query(depth + 1)}) SELECT * FROM c",
        _ => Select(depth + 1),
    };

    private string Query(int depth) => depth >= Deepest ? "SELECT 1" : random.Next(3) == 0 ? Rows(depth) : Select(depth);

    private string Select(int depth)
    {
        var text = new StringBuilder("SELECT ").Append(One(Columns));
        for (var more = random.Next(3); more > 0; more--)
            text.Append(", ").Append(One(Columns));
        text.Append(" FROM ").Append(From(depth));
        if (random.Next(2) == 0)
            text.Append(" WHERE ").Append(Condition(depth));
        if (random.Next(3) == 0)
            text.Append(" ORDER BY ").Append(One(["price", "1", "random()", "keyword_score DESC NULLS LAST"]));
        if (random.Next(3) == 0)
            text.Append(" LIMIT ").Append(random.Next(20));
        if (depth < Deepest && random.Next(8) == 0)
            text.Append(One([" UNION ALL ", " EXCEPT ", "\nINTERSECT\n"])).Append(random.Next(2) == 0 ? $"({Query(depth + 1)})" : Select(depth + 1));
        return text.ToString();
    }

    private string From(int depth)
    {
        if (depth >= Deepest || random.Next(3) > 0)
            return One(Tables);
        return random.Next(4) switch
        {
            0 => $"({Rows(depth + 1)})",
            1 => $"({Rows(depth + 1)}) AS p",
            2 => $"diet a JOIN ({Query(depth + 1)}) b ON a.image_path = b.image_path",
            _ => $"diet a, LATERAL ({Query(depth + 1)}) l",
        };
    }

    private string Condition(int depth) => depth < Deepest && random.Next(4) == 0
        ? $"image_path IN ({Query(depth + 1)}) AND {One(Conditions)}"
        : One(Conditions);

    private string OptionList()
    {
        if (random.Next(3) == 0)
            return "";
        var pairs = Enumerable.Range(0, random.Next(5)).Select(_ => $"{One(Options)}{One(["=", " = ", "=\n"])}{One(Values)}");
        return $"OPTIONS ({string.Join(One([", ", ",", ",\n # c\n"]), pairs)})";
    }

    private string One(string[] texts) => texts[random.Next(texts.Length)];
}
