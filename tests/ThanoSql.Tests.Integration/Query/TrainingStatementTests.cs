using System.Net.WebSockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Runs;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query;

/// <summary>What the service does around a training run. The trainer here is the test: it takes runs from the queue as a trainer does.</summary>
public sealed class TrainingStatementTests(QueryHost host) : IClassFixture<QueryHost>
{
    private static string Build(string model) => $"BUILD MODEL {model} USING ConvNeXt_Tiny OPTIONS (epochs=1, overwrite=True) AS SELECT * FROM diet";

    private TrainingQueue Queue => host.Services.GetRequiredService<TrainingQueue>();

    [Fact]
    public async Task A_build_is_queued_with_its_scope_and_followed_to_Success()
    {
        var cell = RunAsync("followed");
        var run = await TakeAsync("followed");
        run.Scope.ShouldBe(TokenScope.Write);
        run.Statement.ShouldBe(Build("followed"));
        await EndAsync(run.RunId, "promoted", null, null, "3 images were skipped\n");

        var shown = await cell;

        shown.Error.ShouldBeNull();
        shown.Printed[0].ShouldBe("Building model...");
        shown.Printed.ShouldContain("3 images were skipped");
        shown.Printed[^1].ShouldBe("Success");
    }

    [Fact]
    public async Task A_failed_build_tells_the_trainers_reason()
    {
        var cell = RunAsync("failing");
        var run = await TakeAsync("failing");
        await EndAsync(run.RunId, "failed", "All images carry the one label '과일'.", "too_few_labels", "");

        (await cell).Error!.ShouldContain("과일");
    }

    [Theory]
    [InlineData("too_few_labels", 400)]
    [InlineData("model_exists", 409)]
    [InlineData("not_supported", 422)]
    [InlineData("internal", 500)] // a mistake of the trainer's is not the client's
    public async Task A_failed_build_has_the_code_that_the_trainer_gave_and_its_status(string code, int status)
    {
        var model = $"answered_{status}";
        var answer = host.QueryAsync(Build(model));
        var run = await TakeAsync(model);
        await EndAsync(run.RunId, "failed", "It failed.", code, "");

        var (told, body) = await answer;

        (told, body.GetProperty("code").GetString()).ShouldBe((status, code));
    }

    [Fact]
    public async Task A_failed_build_tells_the_place_of_the_mistake_and_what_to_write()
    {
        var cell = RunAsync("misspelt");
        var run = await TakeAsync("misspelt");
        await host.OwnerAsync($"UPDATE thanosql.training_run SET error_offset = 12, error_hint = 'Write it so.' WHERE run_id = {run.RunId}");
        await EndAsync(run.RunId, "failed", "There is a mistake.", "model_exists", "");

        (await cell).Error!.ShouldContain("There is a mistake. (line 1, column 13)\nWrite it so.");
    }

    [Fact]
    public async Task A_second_build_of_a_model_is_refused_at_once()
    {
        var cell = RunAsync("twice");
        var run = await TakeAsync("twice");

        (await RunAsync("twice")).Error!.ShouldContain("already");

        await EndAsync(run.RunId, "promoted", null, null, "");
        await cell;
    }

    [Fact]
    public async Task A_client_that_goes_away_cancels_its_build()
    {
        TrainingRun run;
        using (var socket = await Client029.ConnectAsync(host.Address, host.Secret(TokenScope.Write)))
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes(Build("deserted")), WebSocketMessageType.Text, true, CancellationToken.None);
            run = await TakeAsync("deserted");
            socket.Abort();
        }
        var deadline = DateTime.UtcNow.AddSeconds(60);
        while (!(await Queue.FindAsync(run.RunId, CancellationToken.None))!.Cancel)
        {
            DateTime.UtcNow.ShouldBeLessThan(deadline);
            await Task.Delay(20);
        }
    }

    [Fact]
    public async Task Building_needs_the_scope_write()
    {
        (await host.QueryAsync("DELETE MODEL any", TokenScope.Query)).Status.ShouldBe(403);
        (await host.QueryAsync(Build("denied"), TokenScope.Query)).Status.ShouldBe(403);
    }

    [Fact]
    public async Task Weights_of_a_prebuilt_model_are_fetched_by_a_trainer()
    {
        const string Statement = "GET THANOSQL MODEL convnext OPTIONS (overwrite=True) AS fetched";
        var cell = Client029.RunAsync(host.Address, host.Secret(TokenScope.Write), Statement);
        var run = await TakeAsync("fetched");
        run.Statement.ShouldBe(Statement);
        await EndAsync(run.RunId, "promoted", null, null, "The weights are here.\n");

        (await cell).Printed.ShouldBe(["The weights are here.", "Success"]);
    }

    [Theory]
    [InlineData("tutorial_search_clip", 422, "CLIP")]
    [InlineData("whisper_l", 422, "Whisper")]
    [InlineData("my_friends_model", 404, "my_friends_model")]
    public async Task Other_prebuilt_models_are_refused_with_the_names_that_there_are(string name, int status, string said)
    {
        var (told, body) = await host.QueryAsync($"GET THANOSQL MODEL {name} OPTIONS (overwrite=True) AS mine");

        told.ShouldBe(status);
        body.ToString().ShouldContain(said);
        body.ToString().ShouldContain("convnext, ConvNeXt_Tiny");
    }

    [Theory]
    [InlineData("AutomlClassifier", "AutomlClassifier")]
    [InlineData("EfficientNetV2S", "EfficientNetV2S")]
    [InlineData("Wav2Vec2Ko", "Wav2Vec2Ko")]
    public async Task A_build_of_another_algorithm_is_refused_by_its_name_whatever_its_options(string algorithm, string said)
    {
        var (status, body) = await host.QueryAsync($"BUILD MODEL m USING {algorithm} OPTIONS (impute_type='iterative', x=1) AS SELECT * FROM t");

        (status, body.GetProperty("code").GetString()).ShouldBe((422, "not_supported"));
        body.ToString().ShouldContain(said);
    }

    [Fact]
    public async Task PRINT_IMAGE_tells_the_client_which_column_holds_the_pictures()
    {
        var (status, body) = await host.QueryAsync("PRINT IMAGE OPTIONS (image_col='p') AS (SELECT 'a.jpg' AS p)", TokenScope.Query);

        status.ShouldBe(200, body.ToString());
        body.GetProperty("data").GetProperty("print").GetString().ShouldBe("print_image");
        body.GetProperty("data").GetProperty("print_option").GetProperty("image_col").GetString().ShouldBe("p");
        var (unknown, error) = await host.QueryAsync("PRINT IMAGE AS SELECT 1 AS x", TokenScope.Query);
        (unknown, error.GetProperty("code").GetString()).ShouldBe((400, "unknown_column"));
        error.ToString().ShouldContain("its columns are: x");
        (await host.QueryAsync("PRINT AUDIO AS SELECT 1 AS x", TokenScope.Query)).Status.ShouldBe(422);
        var (refused, problem) = await host.QueryAsync("PRINT IMAGE AS DELETE FROM diet", TokenScope.Query);
        (refused, problem.GetProperty("code").GetString()).ShouldBe((400, "unexpected"));
    }

    [Theory]
    [InlineData("", "/home/jovyan", 10)]
    [InlineData("OPTIONS (image_column='image_path', base_dir='/srv/shop', limit=3)", "/srv/shop", 3)]
    public async Task PRINT_IMAGE_carries_its_options_to_the_client(string options, string folder, int limit)
    {
        var (status, body) = await host.QueryAsync(
            $"PRINT IMAGE {options} AS (SELECT image_path FROM (SELECT 'a.jpg' AS image_path, 1 AS x) s ORDER BY x LIMIT 4)", TokenScope.Query);

        status.ShouldBe(200, body.ToString());
        var print = body.GetProperty("data").GetProperty("print_option");
        (print.GetProperty("image_col").GetString(), print.GetProperty("image_column").GetString()).ShouldBe(("image_path", "image_path"));
        (print.GetProperty("base_dir").GetString(), print.GetProperty("limit").GetInt32()).ShouldBe((folder, limit));
    }

    [Theory]
    [InlineData("limit=0", "option_out_of_range")]
    [InlineData("limit='many'", "wrong_option_type")]
    [InlineData("limits=3", "unknown_option")]
    [InlineData("image_col='a', image_column='b'", "duplicate_option")]
    public async Task An_option_of_PRINT_that_cannot_be_is_refused(string options, string code) =>
        (await host.QueryAsync($"PRINT IMAGE OPTIONS ({options}) AS SELECT 'a.jpg' AS image_path", TokenScope.Query)).Body
            .GetProperty("code").GetString().ShouldBe(code);

    private Task<Client029.Shown> RunAsync(string model) => Client029.RunAsync(host.Address, host.Secret(TokenScope.Write), Build(model));

    private async Task<TrainingRun> TakeAsync(string model)
    {
        var deadline = DateTime.UtcNow.AddSeconds(60);
        while (true)
        {
            if (await Queue.TakeAsync(Guid.NewGuid(), TimeSpan.FromMinutes(5), CancellationToken.None) is { } run && run.Model == model)
                return run;
            DateTime.UtcNow.ShouldBeLessThan(deadline);
            await Task.Delay(20);
        }
    }

    private async Task EndAsync(long run, string state, string? outcome, string? code, string log)
    {
        await using var command = host.Owner.CreateCommand(
            "UPDATE thanosql.training_run SET state = $2, outcome = $3, error_code = $4, log = $5, finished_at = now() WHERE run_id = $1");
        foreach (var value in new object?[] { run, state, outcome, code, log })
            command.Parameters.Add(new() { Value = value ?? DBNull.Value });
        await command.ExecuteNonQueryAsync();
    }
}
