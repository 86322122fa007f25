using System.Text.Json;
using ThanoSql.Query;

namespace ThanoSql.Indexer.Doctor;

/// <summary>Runs checks side by side. One that hangs or breaks is a finding of its own, and stops no other.</summary>
internal static class Examination
{
    // For a check whose time is over to remove its test object
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <param name="checks">Each is told in its place.</param>
    /// <param name="limit">How long one may take.</param>
    /// <param name="cancellationToken">Somebody ends the program.</param>
    public static async Task<Report> RunAsync(IEnumerable<ICheck> checks, TimeSpan limit, CancellationToken cancellationToken)
    {
        var running = checks.Select(check => RunAsync(check, limit, cancellationToken)).ToList();
        return new Report(await Task.WhenAll(running));
    }

    private static async Task<Examined> RunAsync(ICheck check, TimeSpan limit, CancellationToken cancellationToken)
    {
        var since = Stopwatch.GetTimestamp();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        over.CancelAfter(limit);
        Finding finding;
        try
        {
            // On a thread of its own: a file system that hangs answers no token
            finding = await Task.Run(() => check.RunAsync(over.Token), CancellationToken.None)
                .WaitAsync(limit + (limit < Grace ? limit : Grace), CancellationToken.None);
        }
        catch (Exception late) when (late is TimeoutException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            finding = Finding.Failed(
                string.Create(CultureInfo.InvariantCulture, $"no answer within {limit.TotalSeconds:0.#} s"),
                "Look whether it hangs or is only slow: thanosql doctor --seconds gives it more time.");
        }
        catch (PostgresException absent) when (absent.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName
            or PostgresErrorCodes.UndefinedColumn)
        {
            finding = Finding.Skipped("the catalog is not there, or another release's (see migrations)");
        }
        catch (Exception broken)
        {
            finding = Finding.Failed($"{broken.GetType().Name}: {Reason(broken)}", "Mend what it says, and run thanosql doctor again.");
        }
        return new Examined(check.Name, finding, Stopwatch.GetElapsedTime(since));
    }

    private static string Reason(Exception error) => error is NpgsqlException ? DatabaseTrouble.Describe(error) : error.Message;
}

/// <summary>A check and what it found.</summary>
internal sealed record Examined(string Name, Finding Finding, TimeSpan Took);

/// <summary>What all checks found.</summary>
internal sealed record Report(IReadOnlyList<Examined> Checks)
{
    private static readonly JsonSerializerOptions Indented =
        new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public Verdict Verdict => Checks.Select(c => c.Finding.Verdict).DefaultIfEmpty().Max();

    /// <summary>0: all is well; 1: there are warnings; 2: something does not work.</summary>
    public int ExitCode => Verdict switch { Verdict.Failed => 2, Verdict.Warning => 1, _ => 0 };

    /// <summary>Of <c>--json</c>; members are added, none goes.</summary>
    public string ToJson() => JsonSerializer.Serialize(
        new
        {
            status = Word(ExitCode == 0 ? Verdict.Ok : Verdict),
            exit_code = ExitCode,
            version = Product.Version,
            checks = Checks.Select(c => new
            {
                name = c.Name,
                status = Word(c.Finding.Verdict),
                seen = c.Finding.Seen,
                advice = c.Finding.Advice,
                milliseconds = (long)c.Took.TotalMilliseconds,
            }),
        },
        Indented);

    /// <summary>One line a check, and one of what to do.</summary>
    public void Draw(IAnsiConsole console)
    {
        foreach (var (name, finding, _) in Checks)
        {
            var word = Word(finding.Verdict).PadRight(8);
            console.MarkupLineInterpolated($"[{Colour(finding.Verdict)}]{word}[/] {name,-12} {finding.Seen}");
            if (finding.Advice is { } advice)
                console.MarkupLineInterpolated($"         {"",-12} → {advice}");
        }
    }

    private static string Colour(Verdict verdict) => verdict switch
    {
        Verdict.Ok => "green",
        Verdict.Skipped => "grey",
        Verdict.Warning => "yellow",
        _ => "red",
    };

    private static string Word(Verdict verdict) => verdict switch
    {
        Verdict.Ok => "ok",
        Verdict.Skipped => "skipped",
        Verdict.Warning => "warning",
        _ => "failed",
    };
}
