using ThanoSql.Language.Syntax;

namespace ThanoSql.Language.Parsing;

/// <summary>Takes the parentheses of <c>AS ( … )</c> off a source, so that it reads like one without.</summary>
internal static class SourceParentheses
{
    /// <param name="query">A source that is one pair of parentheses.</param>
    /// <param name="level">The source's outermost level.</param>
    public static QuerySyntax Strip(QuerySyntax query, Frame level)
    {
        var content = level.FirstContent;
        if (content.Length == 0)
        {
            throw SyntaxErrors.At(
                query.Text, level.Open, SyntaxErrorCodes.Unexpected, "The parentheses behind AS hold no query.", "AS (SELECT * FROM my_table)");
        }

        if (level.SolePart >= 0)
        {
            var sole = (StatementPart)query.Parts[level.SolePart] with { Place = StatementPlace.Source };
            return query with { Span = sole.Span, Parts = [sole] };
        }
        return query with { Span = content, Parts = [.. query.Parts.Select(part => Clip(part, content)).Where(part => part.Span.Length > 0)] };
    }

    private static QueryPart Clip(QueryPart part, TextSpan content) =>
        part is SqlPart
            ? new SqlPart(TextSpan.FromBounds(Math.Max(part.Span.Start, content.Start), Math.Min(part.Span.End, content.End)))
            : part;
}
