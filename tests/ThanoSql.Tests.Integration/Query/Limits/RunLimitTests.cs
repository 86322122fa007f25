using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Runs;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query.Limits;

/// <summary>Training runs that somebody waits for. No trainer runs here.</summary>
public sealed class RunLimitTests(NarrowHost host) : IClassFixture<NarrowHost>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private TrainingQueue Queue => host.Services.GetRequiredService<TrainingQueue>();

    [Fact]
    public async Task A_token_has_a_number_of_runs_and_waiting_for_them_takes_no_connections()
    {
        var token = await host.NewTokenAsync(TokenScope.Write);
        using var first = await AskAsync(token, "DELETE MODEL one");
        using var second = await AskAsync(token, "DELETE MODEL two");
        await QueuedAsync("one", "two");

        using var third = await host.SendAsync(token, "DELETE MODEL three", Cancellation);
        using var others = await AskAsync(await host.NewTokenAsync(TokenScope.Write), "DELETE MODEL four");
        await QueuedAsync("four");

        var told = await Answers.ReadAsync(third);
        (told.Status, told.Code).ShouldBe((HttpStatusCode.TooManyRequests, "too_many_requests"));
        told.Text.ShouldContain("Query:Limits:TokenRuns");
        var listening = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %'";
        (await host.OwnerAsync<long>(listening)).ShouldBe(1);
    }

    [Fact]
    public async Task A_queued_run_ends_when_its_client_leaves()
    {
        using (var socket = await AskAsync(await host.NewTokenAsync(TokenScope.Write), "DELETE MODEL deserted"))
        {
            await QueuedAsync("deserted");
            socket.Abort();
        }

        await UntilAsync("SELECT count(*) FROM thanosql.training_run WHERE model_name = 'deserted' AND state = 'cancelled'", 1);
    }

    [Fact]
    public async Task A_queued_run_whose_service_died_is_never_begun()
    {
        var waiting = new WaitingToken("dead", 1, 100);
        var run = await AddAsync("orphan", waiting);
        await host.OwnerAsync($"UPDATE thanosql.training_run SET wanted_until = now() - interval '1 second' WHERE run_id = {run}");

        // Its place is free again before any trainer looks
        var next = await AddAsync("next", waiting);

        (await Queue.FindAsync(run, Cancellation))!.State.ShouldBe(RunState.Cancelled);
        (await Queue.FindAsync(next, Cancellation))!.State.ShouldBe(RunState.Queued);
        await host.OwnerAsync($"UPDATE thanosql.training_run SET wanted_until = now() - interval '1 second' WHERE run_id = {next}");
        var taken = await Queue.TakeAsync(Guid.NewGuid(), TimeSpan.FromMinutes(1), Cancellation);
        taken?.RunId.ShouldNotBe(next);
        (await Queue.FindAsync(next, Cancellation))!.State.ShouldBe(RunState.Cancelled);
    }

    private Task<long> AddAsync(string model, WaitingToken waiting) => Queue.AddAsync(
        new NewTrainingRun(model, RunTrigger.Statement, $"DELETE MODEL {model}", TokenScope.Write) { Waiting = waiting }, Cancellation);

    private async Task<ClientWebSocket> AskAsync(string token, string statement)
    {
        var socket = await Client029.ConnectAsync(host.Address, token);
        await socket.SendAsync(Encoding.UTF8.GetBytes(statement), WebSocketMessageType.Text, true, Cancellation);
        return socket;
    }

    private async Task QueuedAsync(params string[] models) => await UntilAsync(
        $"SELECT count(*) FROM thanosql.training_run WHERE model_name IN ('{string.Join("', '", models)}') AND state = 'queued'", models.Length);

    private async Task UntilAsync(string count, long expected)
    {
        var deadline = DateTime.UtcNow.AddSeconds(60);
        while (await host.OwnerAsync<long>(count) != expected)
        {
            DateTime.UtcNow.ShouldBeLessThan(deadline, count);
            await Task.Delay(20, Cancellation);
        }
    }
}
