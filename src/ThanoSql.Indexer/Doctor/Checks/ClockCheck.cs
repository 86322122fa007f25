using ThanoSql.Catalog.Examinations;

namespace ThanoSql.Indexer.Doctor.Checks;

/// <summary>The clocks of database and S3 server agree with this machine's. A folder store has none of its own.</summary>
internal sealed class ClockCheck(Patient patient) : ICheck
{
    // HTTP tells whole seconds; an S3 server refuses what is signed a quarter of an hour off
    private static readonly TimeSpan Bearable = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Wrong = TimeSpan.FromMinutes(5);

    public string Name => "clocks";

    public async Task<Finding> RunAsync(CancellationToken cancellationToken)
    {
        var clocks = new List<(string Whose, TimeSpan Ahead)>();
        if (await patient.DatabaseAsync().WaitAsync(cancellationToken) is { } database)
        {
            var examination = new ServerExamination(database);
            await examination.ClockAsync(cancellationToken); // connects: the next one only asks
            clocks.Add(("the database's", await AheadAsync(async () => await examination.ClockAsync(cancellationToken))));
        }
        if (patient.IsS3 && await StoreAheadAsync(cancellationToken) is { } store)
            clocks.Add(("the store's", store));
        return clocks.Count == 0
            ? Finding.Skipped("nobody else's clock can be seen: neither database nor store answers")
            : Judge(clocks);
    }

    internal static Finding Judge(IReadOnlyList<(string Whose, TimeSpan Ahead)> clocks)
    {
        var seen = string.Join(", ", clocks.Select(c => string.Create(
            CultureInfo.InvariantCulture,
            $"{c.Whose} clock is {Math.Abs(c.Ahead.TotalSeconds):0.0} s {(c.Ahead < TimeSpan.Zero ? "behind" : "ahead of")} this machine's")));
        var off = clocks.Where(c => c.Ahead.Duration() > Bearable).ToList();
        if (off.Count == 0)
            return Finding.Ok(seen);
        var advice = off.Count == clocks.Count && off.Count > 1 && (off.Max(c => c.Ahead) - off.Min(c => c.Ahead)) <= Bearable
            ? "Set this machine's clock by NTP: the others agree."
            : $"Set the clocks by NTP: {string.Join(", ", off.Select(c => c.Whose))} or this machine's.";
        return off.Any(c => c.Ahead.Duration() > Wrong) ? Finding.Failed(seen, advice) : Finding.Warning(seen, advice);
    }

    private async Task<TimeSpan> AheadAsync(Func<Task<DateTimeOffset>> ask)
    {
        var before = patient.Time.GetUtcNow();
        var told = await ask();
        var after = patient.Time.GetUtcNow();
        return told - (before + ((after - before) / 2));
    }

    private async Task<TimeSpan?> StoreAheadAsync(CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(patient.Configuration["Storage:S3:Endpoint"], UriKind.Absolute, out var endpoint))
            return null; // AWS' clock is right
        try
        {
            // Any answer has a date, a refusal too
            using var http = new HttpClient { Timeout = patient.Patience };
            DateTimeOffset? date = null;
            var ahead = await AheadAsync(async () =>
            {
                using var answer = await http.GetAsync(endpoint, cancellationToken);
                date = answer.Headers.Date;
                return date ?? default;
            });
            return date is null ? null : ahead;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }
}
