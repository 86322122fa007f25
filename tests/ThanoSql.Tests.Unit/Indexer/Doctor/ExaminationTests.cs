using System.Text.Json;
using ThanoSql.Catalog.Examinations;
using ThanoSql.Indexer.Doctor;
using ThanoSql.Indexer.Doctor.Checks;

namespace ThanoSql.Tests.Unit.Indexer.Doctor;

public sealed class ExaminationTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(200);

    [Fact]
    public async Task A_check_that_hangs_or_breaks_stops_no_other_and_is_a_failure_of_its_own()
    {
        using var never = new ManualResetEventSlim();
        ICheck[] checks =
        [
            new Check("deaf", _ => never.Wait(Timeout.Infinite, CancellationToken.None) ? Finding.Ok("") : throw new TimeoutException()),
            new Check("broken", _ => throw new InvalidOperationException("it broke")),
            new Check("well", _ => Finding.Ok("all is well")),
        ];

        var report = await Examination.RunAsync(checks, Limit, TestContext.Current.CancellationToken);
        never.Set();

        report.Checks.Select(c => (c.Name, c.Finding.Verdict)).ShouldBe(
            [("deaf", Verdict.Failed), ("broken", Verdict.Failed), ("well", Verdict.Ok)]);
        report.Checks[0].Finding.Seen.ShouldContain("no answer within 0.2 s");
        report.Checks[1].Finding.Seen.ShouldContain("it broke");
    }

    [Theory]
    [InlineData(0, "ok", Verdict.Ok, Verdict.Skipped)]
    [InlineData(1, "warning", Verdict.Ok, Verdict.Warning)]
    [InlineData(2, "failed", Verdict.Warning, Verdict.Failed)]
    public void The_worst_check_decides_the_exit_code_which_the_json_repeats(int code, string status, object one, object other)
    {
        var report = new Report([Examined("one", (Verdict)one), Examined("other", (Verdict)other)]);

        report.ExitCode.ShouldBe(code);
        using var json = JsonDocument.Parse(report.ToJson());
        json.RootElement.GetProperty("exit_code").GetInt32().ShouldBe(code);
        json.RootElement.GetProperty("status").GetString().ShouldBe(status);
        json.RootElement.GetProperty("checks").EnumerateArray().Select(c => c.GetProperty("name").GetString()).ShouldBe(["one", "other"]);
    }

    [Theory]
    [InlineData(200_000_000, Verdict.Ok)]
    [InlineData(1_200_000_000, Verdict.Warning)]
    [InlineData(1_900_000_000, Verdict.Failed)]
    public void Transaction_ids_that_run_out_are_told_in_time(long age, object verdict) =>
        VacuumCheck.Judge(new VacuumFacts(age, true, null, 0, 0, 0)).Verdict.ShouldBe((Verdict)verdict);

    [Fact]
    public void All_that_vacuum_lacks_is_told_at_once()
    {
        var finding = VacuumCheck.Judge(new VacuumFacts(1, IsVacuuming: false, "public.t", 200_000, 10, OldestSeconds: 7200));

        finding.Verdict.ShouldBe(Verdict.Warning);
        foreach (var seen in new[] { "autovacuum is off", "public.t has 200,000 dead rows", "open for 120 minutes" })
            finding.Seen.ShouldContain(seen);
    }

    [Theory]
    [InlineData(50, 97, Verdict.Ok)]
    [InlineData(90, 97, Verdict.Warning)]
    [InlineData(97, 97, Verdict.Failed)]
    public void Connections_that_run_out_are_told(int used, int most, object verdict) =>
        ConnectionCheck.Judge(new ConnectionFacts(most, used, -1, 1)).Verdict.ShouldBe((Verdict)verdict);

    [Theory]
    [InlineData(100_000_000, 1_000_000_000, Verdict.Failed)]
    [InlineData(1_000_000_000, 100_000_000_000, Verdict.Warning)]
    [InlineData(10_000_000_000, 1_000_000_000_000, Verdict.Warning)] // a hundredth
    [InlineData(30_000_000_000, 1_000_000_000_000, Verdict.Ok)]
    public void Little_space_is_told_by_what_is_left_and_by_its_share(long free, long total, object verdict) =>
        DiskCheck.Judge(free, total, "/", "home").Verdict.ShouldBe((Verdict)verdict);

    [Theory]
    [InlineData(0.4, 1, Verdict.Ok, "")]
    [InlineData(30, 0, Verdict.Warning, "the database's or this machine's")]
    [InlineData(-3600, -3601, Verdict.Failed, "this machine's clock by NTP: the others agree")]
    public void The_clock_that_is_wrong_is_the_one_that_is_alone(double database, double store, object verdict, string advice)
    {
        var finding = ClockCheck.Judge([("the database's", TimeSpan.FromSeconds(database)), ("the store's", TimeSpan.FromSeconds(store))]);

        finding.Verdict.ShouldBe((Verdict)verdict);
        (finding.Advice ?? "").ShouldContain(advice);
    }

    private static Examined Examined(string name, Verdict verdict) => new(name, new Finding(verdict, "seen", null), TimeSpan.Zero);

    private sealed class Check(string name, Func<CancellationToken, Finding> look) : ICheck
    {
        public string Name => name;

        public Task<Finding> RunAsync(CancellationToken cancellationToken) => Task.FromResult(look(cancellationToken));
    }
}
