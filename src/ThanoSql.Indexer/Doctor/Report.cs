using System.Text.Encodings.Web;
using System.Text.Json;
using ThanoSql.Query;

namespace ThanoSql.Indexer.Doctor;

/// <summary>A check and what it found.</summary>
internal sealed record Examined(string Name, Finding Finding, TimeSpan Took);

/// <summary>What all checks found.</summary>
internal sealed record Report(IReadOnlyList<Examined> Checks)
{
    private static readonly JsonSerializerOptions Indented =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

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
