using System.Collections.Frozen;

namespace ThanoSql.Language.Parsing;

/// <summary>The words of PostgreSQL that say what a parenthesis behind them holds, or where a clause ends.</summary>
/// <remarks>PostgreSQL manual, appendix C, and the synopsis pages of 15 to 18.</remarks>
internal static class SqlWords
{
    private static readonly FrozenDictionary<string, StatementPlace>.AlternateLookup<ReadOnlySpan<char>> Openers = MakeOpeners();

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> SetOperators = Words("UNION INTERSECT EXCEPT");

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> FromEnds =
        Words("WHERE GROUP HAVING WINDOW ORDER LIMIT OFFSET FETCH FOR UNION INTERSECT EXCEPT RETURNING SET");

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> NoAliases = Words(
        "WHERE GROUP HAVING WINDOW ORDER LIMIT OFFSET FETCH FOR UNION INTERSECT EXCEPT RETURNING ON USING JOIN CROSS LEFT RIGHT FULL INNER NATURAL " +
        "TABLESAMPLE WHEN THEN ELSE END AND OR NOT WITH SELECT FROM INTO LATERAL DO IS IN LIKE ILIKE SIMILAR ISNULL NOTNULL ASC DESC OVERLAPS " +
        "COLLATE");

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> QueryStarts =
        Words("SELECT VALUES TABLE INSERT UPDATE DELETE MERGE");

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> SourceStarts = Words("SELECT VALUES TABLE WITH");

    /// <summary>What a parenthesis behind this word opens; null behind a name.</summary>
    public static StatementPlace? Opens(ReadOnlySpan<char> word) => Openers.TryGetValue(word, out var place) ? place : null;

    public static bool IsSetOperator(ReadOnlySpan<char> word) => SetOperators.Contains(word);

    public static bool EndsFrom(ReadOnlySpan<char> word) => FromEnds.Contains(word);

    /// <summary>Whether a bare word behind a parenthesis goes on with the query instead of naming what the parentheses hold.</summary>
    public static bool IsNoAlias(ReadOnlySpan<char> word) => NoAliases.Contains(word);

    /// <summary>Whether the main statement behind WITH begins.</summary>
    public static bool StartsQuery(ReadOnlySpan<char> word) => QueryStarts.Contains(word);

    /// <summary>Whether a query that only reads begins.</summary>
    public static bool StartsSource(ReadOnlySpan<char> word) => SourceStarts.Contains(word);

    private static FrozenDictionary<string, StatementPlace>.AlternateLookup<ReadOnlySpan<char>> MakeOpeners()
    {
        const string scalars =
            "SELECT WHERE AND OR NOT ON WHEN THEN ELSE CASE BY LIMIT OFFSET HAVING RETURNING BETWEEN SYMMETRIC LIKE ILIKE TO DISTINCT FIRST NEXT " +
            "ESCAPE ZONE";
        var places = scalars.Split(' ').ToDictionary(word => word, _ => StatementPlace.Scalar, StringComparer.OrdinalIgnoreCase);
        places["FROM"] = places["USING"] = StatementPlace.FromItem;
        places["JOIN"] = StatementPlace.JoinItem;
        places["LATERAL"] = StatementPlace.LateralItem;
        places["IN"] = places["ANY"] = places["SOME"] = places["ALL"] = StatementPlace.SetMembership;
        places["EXISTS"] = StatementPlace.Exists;
        places["ARRAY"] = StatementPlace.Array;
        places["UNION"] = places["INTERSECT"] = places["EXCEPT"] = places["AS"] = StatementPlace.QueryTerm;
        return places.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();
    }

    private static FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Words(string words) =>
        words.Split(' ').ToFrozenSet(StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();
}
