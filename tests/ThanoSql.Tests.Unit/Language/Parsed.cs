using ThanoSql.Language;
using ThanoSql.Language.Syntax;

namespace ThanoSql.Tests.Unit.Language;

/// <summary>Short cuts into a parsed text.</summary>
internal static class Parsed
{
    public static T Statement<T>(string text)
        where T : Statement => ThanoSqlParser.Parse(text).Statement.ShouldBeOfType<T>();

    /// <summary>The only statement inside a text of SQL.</summary>
    public static StatementPart Nested(string text)
    {
        var query = ThanoSqlParser.Parse(text);
        Concatenated(query).ShouldBe(query.Sql);
        return query.Parts.OfType<StatementPart>().ShouldHaveSingleItem();
    }

    public static ThanoSqlSyntaxException Error(string text) => Should.Throw<ThanoSqlSyntaxException>(() => ThanoSqlParser.Parse(text));

    public static string Concatenated(QuerySyntax query) => string.Concat(query.Parts.Select(part => part.Span.Of(query.Text)));
}
