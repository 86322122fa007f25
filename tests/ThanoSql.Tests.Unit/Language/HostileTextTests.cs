using System.Text;
using ThanoSql.Language;
using ThanoSql.Language.Syntax;

namespace ThanoSql.Tests.Unit.Language;

public sealed class HostileTextTests
{
    private static readonly string[] Pieces =
    [
        "PREDICT", "USING", "OPTIONS", "AS", "FROM", "SELECT", "WITH", "RECURSIVE", "SEARCH", "IMAGE", "BUILD", "MODEL", "COPY", "GET", "THANOSQL",
        "DATASET", "LIST",
        "FUNCTION", "CREATE", "TABLE", "VIEW", "INSERT", "INTO", "DELETE", "UNION", "ALL", "JOIN", "LATERAL", "IN", "EXISTS", "ARRAY", "m", "t", "과일",
        "(", ")", "(", ")", "[", "]", ",",
        ".", ";", "=", "'", "\"", "\\", "$", "$$", "$a$", "--", "/*", "*/", "#", "\n", "-", "+", "1", "1e", ".5", "E'", "U&\"", "\0", "\uD83C",
        "\uFEFF",
        "'x'", "True", "None", " ",
    ];

    [Fact]
    public void Ten_thousand_parentheses_are_too_deep_and_not_a_crash()
    {
        Parsed.Error($"SELECT {new string('(', 10_000)}1{new string(')', 10_000)}").Code.ShouldBe(SyntaxErrorCodes.TooDeep);
        Parsed.Error(string.Concat(Enumerable.Repeat("PREDICT USING m AS (", 10_000))).Code.ShouldBe(SyntaxErrorCodes.TooDeep);
        Parsed.Error(string.Concat(Enumerable.Repeat("PREDICT USING m AS ", 10_000))).Code.ShouldBe(SyntaxErrorCodes.TooDeep);
        Parsed.Error($"PREDICT USING m OPTIONS (a={new string('[', 10_000)}").Code.ShouldBe(SyntaxErrorCodes.TooDeep);
    }

    [Fact]
    public void Five_hundred_parentheses_are_fine() =>
        ThanoSqlParser.Parse($"SELECT {new string('(', 500)}1{new string(')', 500)}").IsPlainSql.ShouldBeTrue();

    [Fact]
    public void Garbage_is_parsed_or_refused_with_a_position()
    {
        var random = new Random(4711);
        for (var i = 0; i < 30_000; i++)
        {
            var text = Garbage(random);
            try
            {
                Check(ThanoSqlParser.Parse(text));
            }
            catch (ThanoSqlSyntaxException error)
            {
                error.Position.Offset.ShouldBeInRange(0, text.Length);
                error.Message.ShouldNotBeEmpty();
            }
        }
    }

    [Fact]
    public void A_megabyte_is_read_in_one_pass()
    {
        var text = new StringBuilder("SELECT 1");
        while (text.Length < 1_000_000)
            text.Append(", (predict), 'x', search(list) /* c */, (SELECT * FROM (PREDICT USING m AS SELECT * FROM t))\n");

        var query = ThanoSqlParser.Parse(text.ToString());

        query.Sql.Length.ShouldBe(text.ToString().TrimEnd().Length);
        query.Parts.Count.ShouldBeGreaterThan(10_000);
    }

    private static string Garbage(Random random)
    {
        var text = new StringBuilder();
        for (var i = random.Next(1, 25); i > 0; i--)
            text.Append(Pieces[random.Next(Pieces.Length)]).Append(random.Next(3) == 0 ? "" : " ");
        return text.ToString();
    }

    private static void Check(QuerySyntax query)
    {
        Parsed.Concatenated(query).ShouldBe(query.Sql);
        foreach (var part in query.Parts.OfType<StatementPart>())
        {
            if (part.Statement is SourcedStatement sourced)
                Check(sourced.Source);
        }
    }
}
