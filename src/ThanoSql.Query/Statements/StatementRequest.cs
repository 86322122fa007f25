namespace ThanoSql.Query.Statements;

/// <summary>A statement that somebody asks for.</summary>
/// <param name="Text">As written.</param>
/// <param name="Token">Whose rights it runs with.</param>
/// <param name="Report">Takes progress and remarks for people, one line each; called from any thread.</param>
public sealed record StatementRequest(string Text, ApiToken Token, Action<string> Report)
{
    /// <summary>Null for as much of a result as the limits allow; who asks for less says by himself what was left out.</summary>
    internal ResultSize? Most { get; init; }

    /// <summary>Takes the numbers of a training run instead of <see cref="Report"/>; called from any thread.</summary>
    internal Action<RunStage>? Progress { get; init; }

    /// <summary>Who asked went away and lets a training run go on, where a cancellation ends it.</summary>
    internal CancellationToken Left { get; init; }
}

/// <summary>How far a training run is.</summary>
/// <param name="Name">What it does at the moment.</param>
/// <param name="Total">Steps; 0 where they are not counted.</param>
public sealed record RunStage(string Name, long Done, long Total);

/// <summary>What came of it. Disposing it says that the result was delivered.</summary>
/// <param name="Kind">Its verb: <c>SELECT</c>, <c>BUILD MODEL</c>, …</param>
/// <param name="Table">Null for a statement without rows.</param>
/// <param name="Affected">Rows written; null for a statement that writes none.</param>
/// <param name="Print">Set by PRINT: what the client shows of <paramref name="Table"/>.</param>
public sealed record StatementOutcome(string Kind, ResultTable? Table = null, long? Affected = null, PrintRequest? Print = null) : IDisposable
{
    /// <summary>The turn of the token, which lasts until the result is on its way: who does not read has no more of them.</summary>
    internal Turn? Turn { get; init; }

    /// <summary>Whether the statement only read, so that it may be run again for the rest of its rows.</summary>
    internal bool IsRepeatable { get; init; }

    /// <summary>With numbers that JavaScript would round as texts.</summary>
    internal StatementOutcome WithNumbersAsText() => this with
    {
        Table = Table is null ? null : Table with
        {
            Columns = [.. Table.Columns.Select(c => c with { TypeId = PostgresTypes.WithoutLongNumbers(c.TypeId) })],
        },
    };

    public void Dispose() => Turn?.Dispose();
}

/// <summary>How a notebook shows a column of files.</summary>
/// <param name="Kind"><c>print_image</c></param>
/// <param name="Column">The column of paths.</param>
public sealed record PrintRequest(string Kind, string Column)
{
    /// <summary>Of the old engine's workspaces, where its notebooks ran.</summary>
    public const string OldHome = "/home/jovyan";

    public const int UsualLimit = 10;

    /// <summary>On the notebook's own disk: what its paths begin from.</summary>
    public string BaseFolder { get; init; } = OldHome;

    /// <summary>Pictures to show at most, from 1; clients since 0.2.9 heed it.</summary>
    public int Limit { get; init; } = UsualLimit;
}

internal static class Permission
{
    /// <exception cref="QueryException">The token's scope is too narrow.</exception>
    public static void Require(ApiToken token, TokenScope needed, string what)
    {
        if (token.Scope >= needed)
            return;
        throw new QueryException(
            ErrorCode.PermissionDenied, $"{what} needs a token of scope '{needed.Name()}'; '{token.Name}' has '{token.Scope.Name()}'.",
            hint: $"Make one: thanosql token create NAME --scope {needed.Name()}");
    }
}
