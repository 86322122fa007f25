using ThanoSql.Query.Http;

namespace ThanoSql.Query.Sdk;

/// <summary>Reads parameters of an address as Python writes them.</summary>
internal static class SdkParameters
{
    private const int MostPerPage = 1_000;
    private const int UsualPage = 100;

    /// <summary><c>True</c>, <c>False</c>, in whatever letters, or 1 and 0.</summary>
    /// <exception cref="QueryException">Anything else.</exception>
    public static bool Flag(IQueryCollection query, string name, bool fallback)
    {
        var text = query[name].ToString();
        return text.Length == 0 ? fallback
            : text == "1" || text.Equals("true", StringComparison.OrdinalIgnoreCase) ? true
            : text == "0" || text.Equals("false", StringComparison.OrdinalIgnoreCase) ? false
            : throw new QueryException(ErrorCode.BadRequest, $"'{name}' is True or False, not '{text}'.");
    }

    /// <summary>A text; null where there is none, or Python's <c>None</c>.</summary>
    /// <exception cref="QueryException">It holds the character NUL, which PostgreSQL has no text for.</exception>
    public static string? Text(IQueryCollection query, string name)
    {
        var text = query[name].ToString();
        return text.Length == 0 || text == "None" ? null
            : text.Contains('\0', StringComparison.Ordinal) ? throw new QueryException(ErrorCode.BadRequest, $"'{name}' holds the character NUL.")
            : text;
    }

    /// <summary><c>offset</c> (0) and <c>limit</c> (100; 1,000 at most).</summary>
    /// <exception cref="QueryException">No whole numbers, or out of their range.</exception>
    public static SdkPage Page(IQueryCollection query) =>
        new(Parameters.Whole(query, "offset", 0, 0, int.MaxValue), Parameters.Whole(query, "limit", UsualPage, 0, MostPerPage));
}

/// <summary>Which part of a list is asked for.</summary>
/// <param name="Offset">Entries to leave out.</param>
/// <param name="Limit">Entries at most.</param>
internal readonly record struct SdkPage(int Offset, int Limit);
