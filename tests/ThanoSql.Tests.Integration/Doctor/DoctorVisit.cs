using Microsoft.Extensions.Configuration;
using ThanoSql.Indexer.Doctor;
using ThanoSql.Indexer.Doctor.Checks;

namespace ThanoSql.Tests.Integration.Doctor;

/// <summary>An installation that is examined in this process, by its settings alone.</summary>
internal sealed class DoctorVisit(params (string Key, string? Value)[] settings) : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly string _home = Directory.CreateTempSubdirectory("thanosql-doctor-").FullName;

    public string Home => _home;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>As <c>--url</c>.</summary>
    public IReadOnlyList<Uri> Services { get; init; } = [];

    /// <summary>How long a check may take, where a test waits for the end of it.</summary>
    public TimeSpan? Patience { get; init; }

    /// <summary>What all checks find.</summary>
    public async Task<Report> RunAsync()
    {
        // Where nothing listens, unless a test says otherwise
        var values = new Dictionary<string, string?>
        {
            ["Query:Urls"] = "http://127.0.0.1:1",
            ["Storage:Folder:Root"] = Path.Combine(_home, "store"),
        };
        foreach (var (key, value) in settings)
            values[key] = value;
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(values).Build();
        await using var patient = new Patient(configuration, _home, Services, Patience ?? Limit, Time);
        return await Examination.RunAsync(
            AllChecks.Of(patient), Patience ?? Limit, TestContext.Current.CancellationToken);
    }

    public void Dispose() => Directory.Delete(_home, recursive: true);
}

internal static class Reports
{
    /// <summary>What one check found.</summary>
    public static Finding Of(this Report report, string check) => report.Checks.Single(c => c.Name == check).Finding;

    /// <summary>One check found this, and said so.</summary>
    public static void ShouldSay(this Report report, string check, Verdict verdict, string seen, string? advice = null)
    {
        var finding = report.Of(check);
        finding.Verdict.ShouldBe(verdict, $"{check}: {finding.Seen}");
        finding.Seen.ShouldContain(seen);
        if (advice is not null)
            finding.Advice.ShouldNotBeNull().ShouldContain(advice);
    }
}
