using Npgsql;
using ThanoSql.Catalog.Runs;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Trainer;

/// <summary>A run that waits for a table which somebody holds says so, and goes on when it is free.</summary>
public sealed class HeldTableTests(TrainingScene scene) : IClassFixture<TrainingScene>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("held", "copied", "held")]
    [InlineData("sourced", "sourced", "what the source reads")]
    public async Task A_build_says_in_its_progress_and_its_log_whom_it_waits_for(string table, string source, string said)
    {
        await scene.PaintFruitAsync(table);
        if (source != table)
            await scene.ExecuteAsync($"CREATE TABLE public.{source} AS SELECT * FROM public.{table}");
        var build = TrainingScene.Build($"{table}_model", $"SELECT image_path, label FROM {source}");
        await scene.PromoteAsync($"{table}_model", build);
        await scene.RegisterPipelineAsync(table, table, $"{table}_model");
        await using var report = await OpenAsync("weekly report");
        await using var reading = await report.BeginTransactionAsync(Cancellation);
        await RunAsync(report, $"SELECT count(*) FROM public.{table}");
        await using var alter = await OpenAsync("migration tool");
        var altering = RunAsync(alter, $"ALTER TABLE public.{table} ADD COLUMN price integer");

        var id = await scene.Queue.AddAsync(new NewTrainingRun($"{table}_model", RunTrigger.Statement, build, TokenScope.Write), Cancellation);
        var running = scene.RunNextAsync();

        var words = $"waits for a lock on {said} held by pid {report.ProcessID} (weekly report), idle in transaction since ";
        await UntilAsync($"SELECT count(*) FROM thanosql.training_runs WHERE run_id = {id} AND stage LIKE '{words}%'");
        await UntilAsync($"SELECT count(*) FROM thanosql.training_runs WHERE run_id = {id} AND log LIKE '%The run {words}%'");
        running.IsCompleted.ShouldBeFalse();
        await reading.RollbackAsync(Cancellation);
        await altering;
        (await running).ShouldBeTrue();

        (await scene.Queue.FindAsync(id, Cancellation))!.State.ShouldBe(RunState.Promoted);
        (await scene.ScalarAsync<int>($"SELECT min(keyword_version) FROM public.{table}")).ShouldBe(2);
    }

    private async Task UntilAsync(string one)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        while (await scene.ScalarAsync<long>(one) == 0)
            await Task.Delay(50, patience.Token);
    }

    private async Task<NpgsqlConnection> OpenAsync(string application)
    {
        var settings = new NpgsqlConnectionStringBuilder(scene.Database.ConnectionString) { ApplicationName = application, Pooling = false };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(Cancellation);
        return connection;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(Cancellation);
    }
}
