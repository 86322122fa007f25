using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Runs;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Planning;
using ThanoSql.Query.Results;
using ThanoSql.Query.Statements;

namespace ThanoSql.Tests.Integration.Query;

public sealed class QueryConsoleTests(QueryHost host) : IClassFixture<QueryHost>
{
    private QueryConsole Console => host.Services.GetRequiredService<QueryConsole>();

    [Fact]
    public async Task A_result_has_its_columns_and_what_they_show()
    {
        var shown = await RunAsync("SELECT 'shop/' || n || '.jpg' AS image_path, n, NULL AS nothing FROM generate_series(1, 3) n");

        shown.Columns.Select(c => (c.Name, c.TypeName, c.Kind)).ShouldBe(
        [
            ("image_path", "text", ConsoleKind.Picture), ("n", "integer", ConsoleKind.Number), ("nothing", "text", ConsoleKind.Text),
        ]);
        shown.Table!.Rows.Select(row => row[1]).ShouldBe(["1", "2", "3"]);
        shown.IsWhole.ShouldBeTrue();
    }

    [Fact]
    public async Task Only_the_first_rows_are_shown_and_the_file_has_all_of_them()
    {
        await using var wide = await host.StartAsync(("Query:Limits:Rows", "5000"));
        var console = wide.Services.GetRequiredService<QueryConsole>();
        var messages = new List<string>();
        var request = new StatementRequest("SELECT n FROM generate_series(1, 3000) n", await host.TokenAsync(TokenScope.Query), messages.Add);

        var shown = await console.RunAsync(request, CancellationToken.None);

        (shown.Table!.Rows.Count, shown.Table.Cut).ShouldBe((QueryConsole.Rows, ResultCut.Rows));
        messages.ShouldBeEmpty(); // the page says it in its own words
        (await console.ReadAllAsync(shown, request.Token, CancellationToken.None)).Rows.Count.ShouldBe(3000);
    }

    [Fact]
    public async Task A_statement_that_writes_is_not_run_again_for_its_file()
    {
        await host.QueryAsync("CREATE TABLE written (n integer)");
        var token = await host.TokenAsync(TokenScope.Write);
        await using var wide = await host.StartAsync(("Query:Limits:Rows", "5000"));
        var console = wide.Services.GetRequiredService<QueryConsole>();

        var shown = await console.RunAsync(
            new StatementRequest("INSERT INTO written SELECT generate_series(1, 2000) RETURNING n", token, _ => { }), CancellationToken.None);
        var file = await console.ReadAllAsync(shown, token, CancellationToken.None);

        (shown.IsRepeatable, file.Rows.Count).ShouldBe((false, QueryConsole.Rows));
        (await host.OwnerAsync<long>("SELECT count(*) FROM written")).ShouldBe(2000);
    }

    [Fact]
    public async Task A_wide_result_is_cut_before_it_fills_the_memory_of_a_page()
    {
        var shown = await RunAsync("SELECT repeat('x', 100000) FROM generate_series(1, 500)");

        shown.Table!.Cut.ShouldBe(ResultCut.Bytes);
        shown.Table.Rows.Count.ShouldBeInRange(1, 30);
    }

    [Fact]
    public async Task An_error_says_where_it_is()
    {
        var error = await Should.ThrowAsync<QueryException>(() => RunAsync("SELECT 1,\n  prise FROM (VALUES (1)) v (price)"));

        (error.Position!.Value.Line, error.Position.Value.Column, error.Position.Value.Offset).ShouldBe((2, 3, 12));
        error.Hint.ShouldNotBeNull().ShouldContain("price");
    }

    [Fact]
    public async Task Cancelling_ends_the_statement_on_the_server()
    {
        using var cancel = new CancellationTokenSource();
        var running = RunAsync("SELECT count(*) AS asked_by_the_page FROM generate_series(1, 100000000000)", cancel: cancel.Token);
        await WaitAsync(active => active == 1);

        await cancel.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => running);
        await WaitAsync(active => active == 0);
    }

    [Fact]
    public async Task A_build_goes_on_when_the_page_is_left()
    {
        using var left = new CancellationTokenSource();
        using var cancel = new CancellationTokenSource();
        var request = new StatementRequest(
            "BUILD MODEL left_alone USING ConvNeXt_Tiny OPTIONS (epochs=1, overwrite=True) AS SELECT * FROM diet",
            await host.TokenAsync(TokenScope.Write), _ => { })
        {
            Left = left.Token,
        };
        var running = Console.RunAsync(request, cancel.Token);
        var queue = host.Services.GetRequiredService<TrainingQueue>();
        TrainingRun? run = null;
        await UntilAsync(async () => (run = await queue.TakeAsync(Guid.NewGuid(), TimeSpan.FromMinutes(5), CancellationToken.None)) is not null);

        await left.CancelAsync();
        await cancel.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => running);
        (await queue.FindAsync(run!.RunId, CancellationToken.None))!.Cancel.ShouldBeFalse();
        await host.OwnerAsync($"UPDATE thanosql.training_run SET state = 'promoted', finished_at = now() WHERE run_id = {run.RunId}");
    }

    [Fact]
    public async Task The_numbers_of_a_build_come_apart_from_its_messages()
    {
        var messages = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var stages = new System.Collections.Concurrent.ConcurrentQueue<RunStage>();
        var request = new StatementRequest(
            "BUILD MODEL watched USING ConvNeXt_Tiny OPTIONS (epochs=1, overwrite=True) AS SELECT * FROM diet",
            await host.TokenAsync(TokenScope.Write), messages.Enqueue)
        {
            Progress = stages.Enqueue,
        };
        var running = Console.RunAsync(request, CancellationToken.None);
        var queue = host.Services.GetRequiredService<TrainingQueue>();
        TrainingRun? run = null;
        await UntilAsync(async () => (run = await queue.TakeAsync(Guid.NewGuid(), TimeSpan.FromMinutes(5), CancellationToken.None)) is not null);
        await host.OwnerAsync($"UPDATE thanosql.training_run SET stage = 'embedding', done = 3, total = 9 WHERE run_id = {run!.RunId}");
        await UntilAsync(() => Task.FromResult(stages.Contains(new RunStage("embedding", 3, 9))));
        await host.OwnerAsync(
            $"UPDATE thanosql.training_run SET state = 'promoted', log = E'skipped 1\n', finished_at = now() WHERE run_id = {run.RunId}");

        (await running).Kind.ShouldBe("BUILD MODEL");
        messages.ShouldBe(["Building model...", "skipped 1"]);
    }

    private async Task<ConsoleResult> RunAsync(string text, TokenScope scope = TokenScope.Query, CancellationToken cancel = default) =>
        await Console.RunAsync(new StatementRequest(text, await host.TokenAsync(scope), _ => { }), cancel);

    private Task WaitAsync(Predicate<long> isSo) => UntilAsync(async () =>
    {
        await using var command = host.Superuser.CreateCommand(
            "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%asked_by_the_page%' AND pid <> pg_backend_pid()");
        return isSo((long)(await command.ExecuteScalarAsync())!);
    });

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        var deadline = DateTime.UtcNow.AddSeconds(60);
        while (!await isSo())
        {
            DateTime.UtcNow.ShouldBeLessThan(deadline);
            await Task.Delay(20);
        }
    }
}
