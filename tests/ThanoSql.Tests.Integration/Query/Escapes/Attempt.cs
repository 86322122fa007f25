namespace ThanoSql.Tests.Integration.Query.Escapes;

/// <summary>What somebody with a token might try to get at more than the token is for.</summary>
/// <param name="Kind">What it is after.</param>
/// <param name="Steps">Statements, one a request. The last is the attempt; those before it prepare it, and may well be refused.</param>
internal sealed record Attempt(string Kind, params string[] Steps)
{
    /// <summary>
    /// What the last step's rows may be where it is let through: JSON as the service writes it, or empty for any that hold no secret. Null where it
    /// must be refused.
    /// </summary>
    public string? Gives { get; init; }

    public override string ToString() => string.Join(" → ", Steps.Select(s => s.Length > 300 ? $"{s[..300]}…" : s));
}

/// <summary>Writes lists of attempts down.</summary>
internal static class Attempts
{
    /// <summary>Each must be refused.</summary>
    public static IEnumerable<Attempt> Refused(string kind, params IEnumerable<string> statements) => statements.Select(s => new Attempt(kind, s));

    /// <summary>Each may run, since it gets no further: no secret in its answer, and nothing is changed.</summary>
    public static IEnumerable<Attempt> Idle(string kind, params IEnumerable<string> statements) =>
        statements.Select(s => new Attempt(kind, s) { Gives = "" });

    /// <summary>May run, and then gives just this.</summary>
    public static Attempt Gives(string kind, string rows, params string[] steps) => new(kind, steps) { Gives = rows };
}
