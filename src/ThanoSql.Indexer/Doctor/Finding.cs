namespace ThanoSql.Indexer.Doctor;

/// <summary>How one check came out; the worst decides the exit code.</summary>
internal enum Verdict
{
    Ok,

    /// <summary>There is nothing of that kind to look at here, or it cannot be seen now.</summary>
    Skipped,

    /// <summary>Work goes on, but somebody should look.</summary>
    Warning,

    /// <summary>Something does not work.</summary>
    Failed,
}

/// <summary>What a check saw.</summary>
/// <param name="Verdict">How it came out.</param>
/// <param name="Seen">What there is, with figures.</param>
/// <param name="Advice">What to do; null where nothing is to be done.</param>
internal sealed record Finding(Verdict Verdict, string Seen, string? Advice)
{
    public static Finding Ok(string seen) => new(Verdict.Ok, seen, null);

    public static Finding Skipped(string seen) => new(Verdict.Skipped, seen, null);

    public static Finding Warning(string seen, string advice) => new(Verdict.Warning, seen, advice);

    public static Finding Failed(string seen, string advice) => new(Verdict.Failed, seen, advice);

    /// <summary>The worst of several, with what all of that sort say; in the order in which they are given.</summary>
    public static Finding Worst(IReadOnlyCollection<Finding> findings)
    {
        var worst = findings.Max(f => f.Verdict);
        var told = worst <= Verdict.Skipped ? findings : [.. findings.Where(f => f.Verdict > Verdict.Skipped)];
        var advice = told.Select(f => f.Advice).OfType<string>().Distinct().ToList();
        return new Finding(
            worst == Verdict.Skipped && findings.Any(f => f.Verdict == Verdict.Ok) ? Verdict.Ok : worst,
            string.Join("; ", told.Select(f => f.Seen)), advice.Count == 0 ? null : string.Join(" ", advice));
    }
}

/// <summary>One question. It changes nothing, but for the test objects of <see cref="Storage.StoreProbe"/>, which it removes.</summary>
internal interface ICheck
{
    /// <summary>One word, which stays the same from release to release: monitoring knows it.</summary>
    string Name { get; }

    /// <param name="cancellationToken">The time is over: what was made is to be removed.</param>
    Task<Finding> RunAsync(CancellationToken cancellationToken);
}
