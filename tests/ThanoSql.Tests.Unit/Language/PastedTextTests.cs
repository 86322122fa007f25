using ThanoSql.Language;
using ThanoSql.Language.Syntax;

namespace ThanoSql.Tests.Unit.Language;

/// <summary>Statements as web pages and word processors give them.</summary>
public sealed class PastedTextTests
{
    [Theory]
    [InlineData("SELECT\u00A0*\u3000FROM\u2003diet", "SELECT * FROM diet")]
    [InlineData("\uFEFFSELECT 1\u200B", "SELECT 1")]
    [InlineData("SELECT image\u200B_pa\u00ADth\u2060 FROM diet", "SELECT image_path    FROM diet")]
    [InlineData("SELECT 1 WHERE 2 >\u200B= 1 AND a\u200B=\u200Bb", "SELECT 1 WHERE 2 >=  1 AND a = b")]
    [InlineData("SELECT count（＊）， 1 FROM t WHERE a ＝ 1 AND b ＜＝ 2", "SELECT count(*), 1 FROM t WHERE a = 1 AND b <= 2")]
    [InlineData("SELECT ‘사과’ AS “이름”", "SELECT '사과' AS \"이름\"")]
    [InlineData("SELECT ‘it’’s’, E‘a\\’b’, „x“", "SELECT 'it''s', E'a\\'b', \"x\"")]
    [InlineData("SELECT −1 － 2 ∗ 3", "SELECT -1 - 2 * 3")]
    [InlineData("SELECT 1\u2028FROM t\v", "SELECT 1 FROM t")]
    [InlineData("SELECT a：：text FROM t［1］", "SELECT a::text FROM t[1]")]
    [InlineData("SELECT 1；", "SELECT 1")]
    public void Is_read_as_what_it_stands_for(string pasted, string read) => ThanoSqlParser.Parse(pasted).Sql.ShouldBe(read);

    [Theory]
    [InlineData("SELECT 'a\u00A0b\u200Bc“d”（’）', \"e\u3000（f）\", $$“\u00A0”$$, $a$ ‘ $a$")]
    [InlineData("SELECT 1 -- a\u00A0b – c ’\n, 2 /* “\u200B（ – ’ */ + 3")]
    [InlineData("SELECT E'\\'\u00A0“', U&'\u3000\\0041', U&\"（\"")]
    [InlineData("SELECT 과일·채소 AS 값 FROM ｔａｂｌｅ１")]
    [InlineData("SELECT می\u200Cخواهم FROM t")]
    public void Literals_names_and_comments_are_as_written(string text) => ThanoSqlParser.Parse(text).Sql.ShouldBe(text);

    [Fact]
    public void A_nested_statement_is_read_by_its_own_rules()
    {
        const string pasted = "SELECT\u00A0* FROM（PREDICT\u3000USING m\u200B "
            + "OPTIONS（result_col＝“it\\’s\u00A0x”, image_col='a\\'\u00A0（b'） # don’t （\n"
            + "AS SELECT\u00A0'\u00A0\\'， “b” FROM t）WHERE x";

        var query = ThanoSqlParser.Parse(pasted);

        query.Text.Length.ShouldBe(pasted.Length);
        var part = query.Parts.OfType<StatementPart>().ShouldHaveSingleItem();
        var statement = part.Statement.ShouldBeOfType<PredictStatement>();
        statement.Model.Text.ShouldBe("m");
        statement.Options.Items.Select(o => ((StringValue)o.Value).Text).ShouldBe(["it\\’s\u00A0x", "a'\u00A0（b"]);
        statement.Source.Sql.ShouldBe("SELECT '\u00A0\\', \"b\" FROM t");
        query.Text.ShouldContain("# don’t （\n");
        Parsed.Concatenated(query).ShouldBe(query.Sql);
    }

    [Theory]
    [InlineData("BUILD MODEL m USING ConvNeXt_Tiny OPTIONS（label_col＝‘label’，epochs＝1）AS SELECT * FROM diet")]
    [InlineData("\u200BBUILD\u200B MODEL m USING Conv\u200BNeXt_Tiny OPTIONS (label_col=“label”, epochs=1) AS（SELECT * FROM diet）；")]
    public void A_whole_statement_may_be_full_width(string pasted)
    {
        var build = Parsed.Statement<BuildModelStatement>(pasted);

        build.Algorithm.Text.ShouldBe("ConvNeXt_Tiny");
        ((StringValue)build.Options.Items[0].Value).Text.ShouldBe("label");
        build.Source.Sql.ShouldBe("SELECT * FROM diet");
    }

    [Theory]
    [InlineData("SELECT 5 – 3", 9, "U+2013, en dash")]
    [InlineData("SELECT 1 WHERE price≤5", 20, "U+2264")]
    [InlineData("SELECT 1 －－ 2", 9, "U+FF0D")]
    [InlineData("SELECT ‘it's’", 10, "U+2018")]
    [InlineData("PREDICT USING m AS SELECT “a\" FROM t", 28, "U+201C")]
    [InlineData("PREDICT USING m OPTIONS (a=…) AS SELECT 1", 27, "U+2026")]
    public void What_is_not_clear_is_named_with_its_place(string pasted, int offset, string name)
    {
        var error = Parsed.Error(pasted);

        error.Code.ShouldBe(SyntaxErrorCodes.UnclearCharacter);
        error.Position.Offset.ShouldBe(offset);
        error.Message.ShouldContain(name);
        error.Hint.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("SELECT 'abc’", "U+2019")]
    [InlineData("SELECT don’t", "U+2019")]
    [InlineData("PREDICT USING m OPTIONS (a=\"b”) AS SELECT 1", "U+201D")]
    public void A_quote_that_does_not_close_is_named(string pasted, string name)
    {
        var error = Parsed.Error(pasted);

        error.Code.ShouldBe(SyntaxErrorCodes.Unterminated);
        error.Hint.ShouldNotBeNull().ShouldContain(name);
    }

    [Fact]
    public void Places_stay_those_of_the_text_as_written() =>
        Parsed.Error("SELECT\u00A0* FROM\u200B (PREDICT USING\u3000m OPTIONS (a =\u00A0) AS SELECT 1)").Position.Offset.ShouldBe(45);

    [Fact]
    public void Whatever_is_pasted_where_literals_stay_what_they_are()
    {
        string[] foreign = ["\u00A0", "\u3000", "\u200B", "（", "）", "，", "＊", "／", "－", "＝", "“", "”", "‘", "’", "\u00AD", "–", "\u200D", "＇"];
        string[] own =
        [
            "SELECT", "'it''s（\u00A0’'", "\"n “\u200B\"", "/* ＊／ \u00A0 */", "-- ’ （\n", "$$ ‘ $$", "a", "1", ",", "(", ")", " ",
            "PREDICT USING m AS ",
        ];
        var random = new Random(20261130);
        for (var i = 0; i < 30_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 16)).Select(_ => random.Next(3) == 0 ? Of(foreign) : Of(own)));
            try
            {
                var query = ThanoSqlParser.Parse(text);
                query.Text.Length.ShouldBe(text.Length);
                ThanoSqlParser.Parse(query.Text).Sql.ShouldBe(query.Sql); // what is read is plain
            }
            catch (ThanoSqlSyntaxException error)
            {
                error.Position.Offset.ShouldBeInRange(0, text.Length);
            }
        }
        string Of(string[] pieces) => pieces[random.Next(pieces.Length)];
    }
}
