using ThanoSql.Language.Completion;

namespace ThanoSql.Tests.Unit.Language;

/// <summary>A bar stands for the caret.</summary>
public sealed class CaretReaderTests
{
    [Theory]
    [InlineData("|", CaretPlace.Start, "")]
    [InlineData("-- what\nSEL|", CaretPlace.Start, "SEL")]
    [InlineData("SELECT * FROM |", CaretPlace.Table, "")]
    [InlineData("SELECT * FROM pro|", CaretPlace.Table, "pro")]
    [InlineData("SELECT * FROM a, pro|", CaretPlace.Table, "pro")]
    [InlineData("SELECT * FROM a JOIN pro|", CaretPlace.Table, "pro")]
    [InlineData("INSERT INTO pro|", CaretPlace.Table, "pro")]
    [InlineData("UPDATE pro|", CaretPlace.Table, "pro")]
    [InlineData("SELECT * FROM thanosql.mod|", CaretPlace.Table, "mod")]
    [InlineData("SELECT * FROM products |", CaretPlace.Keyword, "")]
    [InlineData("SELECT * FROM products wh|", CaretPlace.Keyword, "wh")]
    [InlineData("SELECT |", CaretPlace.Column, "")]
    [InlineData("SELECT na| FROM products", CaretPlace.Column, "na")]
    [InlineData("SELECT a, na|", CaretPlace.Column, "na")]
    [InlineData("SELECT count(na|", CaretPlace.Column, "na")]
    [InlineData("SELECT p.na|", CaretPlace.Column, "na")]
    [InlineData("SELECT * FROM a JOIN b ON b.na|", CaretPlace.Column, "na")]
    [InlineData("SELECT * FROM a WHERE na|", CaretPlace.Column, "na")]
    [InlineData("SELECT * FROM a WHERE x = 1 AND na|", CaretPlace.Column, "na")]
    [InlineData("SELECT * FROM a ORDER BY na|", CaretPlace.Column, "na")]
    [InlineData("SELECT * FROM (|", CaretPlace.Start, "")]
    [InlineData("SELECT * FROM (PRE|", CaretPlace.Start, "PRE")]
    [InlineData("SELECT * FROM a WHERE x IN (SEL|", CaretPlace.Start, "SEL")]
    [InlineData("SELECT * FROM (PREDICT USING fo|", CaretPlace.Model, "fo")]
    [InlineData("PREDICT USING fo|", CaretPlace.Model, "fo")]
    [InlineData("SEARCH IMAGE USING fo|", CaretPlace.Model, "fo")]
    [InlineData("DELETE MODEL fo|", CaretPlace.Model, "fo")]
    [InlineData("BUILD MODEL fo|", CaretPlace.Nothing, "fo")]
    [InlineData("BUILD MODEL foods USING Conv|", CaretPlace.Algorithm, "Conv")]
    [InlineData("PREDICT USING foods AS SEL|", CaretPlace.Start, "SEL")]
    [InlineData("PREDICT USING foods AS SELECT na| FROM a", CaretPlace.Column, "na")]
    [InlineData("PREDICT USING foods AS SELECT * FROM pro|", CaretPlace.Table, "pro")]
    [InlineData("SELECT 1|", CaretPlace.Nothing, "")]
    [InlineData("SELECT a AS n|", CaretPlace.Nothing, "n")]
    [InlineData("SELECT * FROM a LIMIT |", CaretPlace.Nothing, "")]
    [InlineData("SELECT 1 |", CaretPlace.Keyword, "")]
    [InlineData("SELECT * FROM a -- fro|", CaretPlace.Nothing, "")]
    [InlineData("SELECT * FROM a /* fro|", CaretPlace.Nothing, "")]
    [InlineData("SELECT * FROM a WHERE keyword = '과|", CaretPlace.Label, "과")]
    [InlineData("SELECT * FROM a WHERE keyword = '과|'", CaretPlace.Label, "과")]
    [InlineData("SELECT * FROM a WHERE keyword = 'Apple P|' AND x", CaretPlace.Label, "Apple P")]
    public void The_words_before_the_caret_tell_what_may_follow(string text, CaretPlace place, string typed)
    {
        var caret = Read(text);

        (caret.Place, caret.Typed).ShouldBe((place, typed));
        caret.Start.ShouldBe(text.IndexOf('|', StringComparison.Ordinal) - typed.Length);
    }

    [Theory]
    [InlineData("SELECT * FROM a WHERE keyword = '|", "keyword")]
    [InlineData("SELECT * FROM a WHERE p.\"Keyword\" <> '|", "Keyword")]
    [InlineData("SELECT * FROM a WHERE keyword NOT IN ('과일', '|", "keyword")]
    [InlineData("SELECT * FROM a WHERE price < 3 AND predicted = '|", "predicted")]
    [InlineData("SELECT '|", "select")]
    public void A_label_is_that_of_the_column_it_is_compared_with(string text, string column) => Read(text).Column.ShouldBe(column);

    [Fact]
    public void Tables_are_known_with_their_aliases_wherever_they_stand()
    {
        var caret = Read("SELECT p.| FROM products p, thanosql.models AS m JOIN \"Mein\" ON true WHERE x IN (SELECT y FROM inner_one)");

        caret.Qualifier.ShouldBe("p");
        caret.Tables.ShouldBe(
        [
            new TableMention(null, "products", "p"), new TableMention("thanosql", "models", "m"), new TableMention(null, "Mein", null),
            new TableMention(null, "inner_one", null),
        ]);
    }

    [Fact]
    public void Models_are_those_that_a_statement_uses() =>
        Read("SELECT | FROM (PREDICT USING Foods AS SELECT * FROM products)").Models.ShouldBe(["foods"]);

    [Fact]
    public void No_text_and_no_place_in_it_makes_it_fail()
    {
        const string text =
            "WITH a AS (PREDICT USING m OPTIONS (x='y') AS SELECT * FROM t, \"u\" v WHERE k IN ('a', $$b$$) -- c\n) ) SELECT 1.5 . . ( FROM";
        for (var i = 0; i <= text.Length; i++)
        {
            CaretReader.Read(text, i).Start.ShouldBeInRange(0, i);
            CaretReader.Read(text[i..], text.Length).Start.ShouldBeInRange(0, text.Length - i);
        }
    }

    private static Caret Read(string text)
    {
        var at = text.IndexOf('|', StringComparison.Ordinal);
        return CaretReader.Read(text.Remove(at, 1), at);
    }
}
