using System.ComponentModel.DataAnnotations;

namespace ThanoSql.Query.Execution;

/// <summary>
/// Section <c>Query:Limits</c>: what one statement, one token and all of them together may take. Enforced from outside: a user's session can change
/// its own settings.
/// </summary>
public sealed class QueryLimits
{
    public const string Section = "Query:Limits";

    /// <summary>Seconds that PostgreSQL may work on a statement; then it is cancelled. Training is not counted.</summary>
    [Range(1, 86_400)]
    public int Seconds { get; set; } = 300;

    /// <summary>Rows of a result; longer ones are cut, with a message.</summary>
    [Range(1, 10_000_000)]
    public int Rows { get; set; } = 100_000;

    /// <summary>Megabytes of a result as it is sent, escapes and all; longer ones are cut, with a message.</summary>
    [Range(1, 2_000)]
    public int Megabytes { get; set; } = 64;

    /// <summary>Statements that run at once in this process; others wait.</summary>
    [Range(1, 1_000)]
    public int AtOnce { get; set; } = 16;

    /// <summary>Statements of one token that run, or whose results are being sent, at once; its others wait.</summary>
    [Range(1, 1_000)]
    public int TokenAtOnce { get; set; } = 8;

    /// <summary>Statements of one token that wait; one more is refused.</summary>
    [Range(0, 10_000)]
    public int TokenWaiting { get; set; } = 32;

    /// <summary>Statements of all tokens that wait; one more is refused.</summary>
    [Range(0, 100_000)]
    public int Waiting { get; set; } = 256;

    /// <summary>Seconds that a statement waits for its turn; then it is refused.</summary>
    [Range(1, 3_600)]
    public int WaitSeconds { get; set; } = 30;

    /// <summary>Searches of one token that run at once; its others wait. Of all tokens it is <c>Database:Users:SearchConnections</c>.</summary>
    [Range(1, 1_000)]
    public int TokenSearches { get; set; } = 8;

    /// <summary>Requests of one token, of every kind, that this process has in hand; one more is refused.</summary>
    [Range(1, 100_000)]
    public int TokenRequests { get; set; } = 128;

    /// <summary>Requests of more than a megabyte that this process has in hand; others wait.</summary>
    [Range(1, 1_000)]
    public int LargeRequests { get; set; } = 8;

    /// <summary>Of one token.</summary>
    [Range(1, 1_000)]
    public int TokenLargeRequests { get; set; } = 2;

    /// <summary>Training runs of one token that wait or are worked on; one more is refused.</summary>
    [Range(1, 10_000)]
    public int TokenRuns { get; set; } = 4;

    /// <summary>Training runs of all tokens that wait or are worked on; one more is refused.</summary>
    [Range(1, 100_000)]
    public int Runs { get; set; } = 64;

    /// <summary>Megabytes of a statement's text; the records that a COPY carries are not counted.</summary>
    [Range(1, 1_000)]
    public int StatementMegabytes { get; set; } = 2;

    /// <summary>Names and keywords of a statement. PostgreSQL compares many of them with each other, and cannot be stopped meanwhile.</summary>
    [Range(100, 1_000_000)]
    public int Words { get; set; } = 10_000;

    /// <summary>Joins of a statement (a FULL JOIN counts as four), which PostgreSQL plans without looking for a cancellation.</summary>
    [Range(1, 10_000)]
    public int Joins { get; set; } = 100;

    /// <summary>PREDICT, SEARCH and other statements inside one request.</summary>
    [Range(1, 10_000)]
    public int Nested { get; set; } = 64;

    /// <summary>Values that a COPY writes: rows times columns.</summary>
    [Range(1, 1_000_000_000)]
    public long CopyValues { get; set; } = 20_000_000;

    /// <summary>Megabytes of a file that COPY reads.</summary>
    [Range(1, 1_000)]
    public int CopyMegabytes { get; set; } = 256;

    /// <summary>Megabytes of a request: COPY may carry its records.</summary>
    [Range(1, 1_000)]
    public int RequestMegabytes { get; set; } = 32;
}
