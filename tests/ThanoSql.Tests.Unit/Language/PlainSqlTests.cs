using System.Text;
using ThanoSql.Language;
using ThanoSql.Language.Syntax;

namespace ThanoSql.Tests.Unit.Language;

public sealed class PlainSqlTests
{
    [Theory]
    [InlineData("SELECT predict, search FROM print")]
    [InlineData("SELECT predict(x), build('x'), list(1, 2) FROM evaluate AS convert")]
    [InlineData("DELETE FROM model")]
    [InlineData("DELETE FROM predict USING t AS u WHERE u.x = predict.x")]
    [InlineData("DELETE FROM model WHERE using_it")]
    [InlineData("SELECT * FROM (predict JOIN search USING (id))")]
    [InlineData("SELECT * FROM (search image JOIN list model ON image.id = model.id)")]
    [InlineData("SELECT * FROM (predict p CROSS JOIN (print AS image NATURAL JOIN get))")]
    [InlineData("SELECT (predict), (search), (list) FROM t WHERE predict IN (predict, list) AND (generate) > (transform + 1)")]
    [InlineData("SELECT array_agg(x ORDER BY predict USING <) FROM t")]
    [InlineData("CREATE TABLE t (search text, list model, print image, copy text, get int)")]
    [InlineData("CREATE FOREIGN TABLE t (search text OPTIONS (column_name 'x')) SERVER s")]
    [InlineData("CREATE TABLE predict (build int)")]
    [InlineData("CREATE TABLE t USING heap AS SELECT 1")]
    [InlineData("CREATE TABLE t (a int) USING columnar")]
    [InlineData("SELECT 'PREDICT USING m AS SELECT 1', ';', $$ ( ; PREDICT $$, $x$ $$ ; ( $x$")]
    [InlineData("SELECT \"(PREDICT USING m AS SELECT 1)\", U&\"\\0441(\", U&'\\0041''(', E'it\\'s ( ; ', e'\\\\', N'(', B'1'")]
    [InlineData("SELECT 'it''s ( ;' -- ( ; PREDICT USING m AS SELECT\n, 2 /* ( ; /* nested ( */ ; */ + 3")]
    [InlineData("SELECT a#b, # path '((1,0))', $1, a$b$c FROM t$1 WHERE a->>'x' = ANY('{}'::text[])")]
    [InlineData("SELECT E'a'\n'\\' ( ;'")]
    [InlineData("CREATE VIEW v AS SELECT predict FROM search")]
    [InlineData("WITH RECURSIVE r AS (SELECT 1) SEARCH DEPTH FIRST BY a SET b CYCLE c SET d USING e SELECT * FROM r")]
    [InlineData("사과 이름")]
    [InlineData("REPACK t")]
    [InlineData("SELECT '사과' AS 과일 FROM \"식단\"")]
    [InlineData("SELECT $1::int, .5, 1e-3, 1..2, x'ff'")]
    [InlineData("LISTEN changes")]
    [InlineData("SHOW search_path")]
    public void As_it_was_written(string text)
    {
        var query = ThanoSqlParser.Parse($"  {text}\n -- end");

        query.IsPlainSql.ShouldBeTrue();
        query.Sql.ShouldBe(text.Split(" -- end")[0]);
        Parsed.Concatenated(query).ShouldBe(query.Sql);
    }

    [Theory]
    [InlineData("SELECT ';' ; -- end", "SELECT ';'")]
    [InlineData("# a notebook's comment\n SELECT 1;", "SELECT 1")]
    [InlineData("\uFEFFSELECT\u00A01", "SELECT 1")]
    public void But_for_what_surrounds_it(string text, string sql) => ThanoSqlParser.Parse(text).Sql.ShouldBe(sql);

    [Fact]
    public void Random_texts_come_back_when_their_parts_are_put_together()
    {
        var random = new Random(20260914);
        for (var i = 0; i < 3000; i++)
        {
            var text = RandomSql.Query(random, depth: 4);
            var query = ThanoSqlParser.Parse(text);

            query.Sql.ShouldBe(text);
            Parsed.Concatenated(query).ShouldBe(text);
            query.Parts.OfType<StatementPart>().Count().ShouldBe(RandomSql.OutermostStatements(text), text);
        }
    }

    /// <summary>Texts of tokens that PostgreSQL would lex; statements are marked by a model name that occurs nowhere else.</summary>
    private static class RandomSql
    {
        private static readonly string[] Atoms =
        [
            "a", "predict", "search.x", "'it''s (;'", "E'\\'('", "$$ PREDICT USING m AS SELECT ;( $$", "$t$ $$ $t$", "\"a\"\"(b\"", "U&'x'", "1.5e-3",
            "$1",
            "list(1, 2)", "build('x')", "a # b", "a -- (;\nb", "/* ( /* ; */ */ b", "ARRAY[1, (2)]", "x::text", "과일", "count(*) FILTER (WHERE a)",
            "(predict)",
            "CASE WHEN (a) THEN (b) END",
        ];

        private static readonly string[] Places =
        [
            "SELECT {0} FROM t", "SELECT * FROM {0}", "SELECT 1 WHERE a IN {0}", "SELECT * FROM a JOIN {0} b ON {1}", "SELECT {1}, {0}",
            "SELECT 1 UNION ALL {0}",
        ];

        public static string Query(Random random, int depth)
        {
            if (depth == 0)
                return $"SELECT {Atom(random)}, {Atom(random)} FROM t";
            var inner = random.Next(3) == 0 ? $"( PREDICT USING 모델 AS {Query(random, depth - 1)} )" : $"({Query(random, depth - 1)})";
            return string.Format(null, Places[random.Next(Places.Length)], inner, Atom(random));
        }

        public static int OutermostStatements(string text) => text.Contains("모델", StringComparison.Ordinal) ? 1 : 0;

        private static string Atom(Random random)
        {
            var text = new StringBuilder(Atoms[random.Next(Atoms.Length)]);
            for (var i = random.Next(3); i > 0; i--)
                text.Append(random.Next(2) == 0 ? " || " : " + ").Append(Atoms[random.Next(Atoms.Length)]);
            return text.ToString();
        }
    }
}
