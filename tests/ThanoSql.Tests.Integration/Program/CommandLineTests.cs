using System.Net;
using System.Net.Sockets;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Program;

/// <summary>What a person gets who mistypes: a sentence that says what to do, an exit code, and no stack trace.</summary>
public sealed class CommandLineTests
{
    [Theory]
    [InlineData(2, "frobnicate", "frobnicate")]
    [InlineData(2, "--days is a number from 1 to 36500", "token", "create", "shop", "--days", "99999999")]
    [InlineData(2, "search", "token", "create", "shop", "--scope", "root")]
    [InlineData(2, "--rows is a number from 0", "sql", "SELECT 1", "--token", "t", "--rows", "-1")]
    [InlineData(2, "--seconds is a number from 1 to 600", "doctor", "--seconds", "0")]
    [InlineData(2, "'nowhere' is no address of a service", "doctor", "--url", "nowhere")]
    [InlineData(1, "'nowhere' is no address of a service", "sql", "SELECT 1", "--token", "t", "--url", "nowhere")]
    [InlineData(1, "Start one with `thanosql up`", "sql", "SELECT 1", "--token", "t", "--url", "http://127.0.0.1:1")]
    [InlineData(1, "Choose another folder with --home", "up", "--home", "/etc/passwd")]
    [InlineData(1, "This role needs a database", "query")]
    public async Task A_wrong_word_is_answered_with_what_to_write(int code, string advice, params string[] arguments) =>
        await RefusedAsync(code, advice, ThanoSqlProcess.Start(arguments));

    [Theory]
    [InlineData("Database__ConnectionString", "nonsense", "Database:ConnectionString cannot be read")]
    [InlineData("Database__ConnectionString", "Host=127.0.0.1;Port=1;Username=x", "Does the server run")]
    [InlineData("Query__Urls", "http://foo:bar", "'http://foo:bar' is no address to listen on")]
    [InlineData("Query__Limits__Seconds", "soon", "Query:Limits:Seconds")]
    [InlineData("Query__Limits__Seconds", "-1", "Seconds must be between 1 and 86400")]
    [InlineData("Vision__Provider", "tpu", "Vision:Provider")]
    [InlineData("Labels__Disagreement", "vote", "Labels:Disagreement")]
    [InlineData("Webhooks__Batch", "101", "Batch must be between 1 and 100")]
    [InlineData("Storage__Kind", "tape", "it must be 'folder' or 's3'")]
    [InlineData("Storage__Folder__Root", "/proc/store", "Storage:Folder:Root '/proc/store' cannot be made")]
    [InlineData("Bus__Transport", "rabbitmq", "Bus:RabbitMq:Uri is no address")]
    [InlineData("Indexing__SweepSchedule", "0 0 3 * * ? 2020", "Indexing:SweepSchedule is no Quartz cron expression, or one whose last time is over")]
    [InlineData("Retention__Schedule", "0 0 3 * * ? 2020", "Retention:Schedule is no Quartz cron expression, or one whose last time is over")]
    public async Task A_wrong_setting_is_named_before_anything_starts(string name, string value, string advice) => await RefusedAsync(
        1, advice,
        ThanoSqlProcess.Start(
            new Dictionary<string, string> { ["Database__ConnectionString"] = "Host=127.0.0.1;Port=1;Username=x", [name] = value }, "up"));

    [Fact]
    public async Task A_port_in_use_is_named()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var url = $"http://{other.LocalEndpoint}";

        await RefusedAsync(
            1, $"Another program listens on {url}",
            ThanoSqlProcess.Start(new Dictionary<string, string> { ["Database__ConnectionString"] = "Host=127.0.0.1;Port=1" }, "up", "--urls", url));
    }

    [Fact]
    public async Task The_release_is_told()
    {
        await using var process = ThanoSqlProcess.Start("--version");

        (await process.WaitForExitAsync()).ShouldBe(0, process.Output);
        process.Output.Trim().ShouldMatch(@"^\d+\.\d+\.\d+$");
    }

    private static async Task RefusedAsync(int code, string advice, ThanoSqlProcess process)
    {
        await using var program = process;

        (await program.WaitForExitAsync()).ShouldBe(code, program.Output);
        program.Output.ShouldContain(advice);
        program.Output.ShouldNotContain("   at ");
    }
}
