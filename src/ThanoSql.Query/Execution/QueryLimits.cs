using System.ComponentModel.DataAnnotations;

namespace ThanoSql.Query.Execution;

/// <summary>Section <c>Query:Limits</c>: what one statement may take. Enforced from outside: a user's session can change its own settings.</summary>
public sealed class QueryLimits
{
    public const string Section = "Query:Limits";

    /// <summary>Seconds that PostgreSQL may work on a statement; then it is cancelled. Training is not counted.</summary>
    [Range(1, 86_400)]
    public int Seconds { get; set; } = 300;

    /// <summary>Rows of a result; longer ones are cut, with a message.</summary>
    [Range(1, 10_000_000)]
    public int Rows { get; set; } = 100_000;

    /// <summary>Megabytes of a result as text; longer ones are cut, with a message.</summary>
    [Range(1, 2_000)]
    public int Megabytes { get; set; } = 64;

    /// <summary>Statements that run at once in this process; others wait.</summary>
    [Range(1, 1_000)]
    public int AtOnce { get; set; } = 16;

    /// <summary>Megabytes of a file that COPY reads.</summary>
    [Range(1, 1_000)]
    public int CopyMegabytes { get; set; } = 256;

    /// <summary>Megabytes of a request: COPY may carry its rows.</summary>
    [Range(1, 1_000)]
    public int RequestMegabytes { get; set; } = 32;
}
