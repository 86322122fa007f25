using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ThanoSql.Catalog.Runs;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Catalog.Trunks;
using ThanoSql.Embedding;
using ThanoSql.Storage;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Trainer;
using ThanoSql.Trainer.Runs;
using ThanoSql.Vision.Hosting;
using ThanoSql.Vision.Imaging;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Tests.Integration.Trainer;

/// <summary>The process in which an uploaded network runs, as the trainer and those who embed pictures see it.</summary>
public sealed class UploadedNetworkTests(TrainingScene scene) : IClassFixture<TrainingScene>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Cancelling_an_upload_ends_the_network_that_is_being_tried()
    {
        await scene.StoreAsync("uploads/slow.onnx", ForeignNetwork.Slow());
        const string Upload = "UPLOAD MODEL slow OPTIONS (labels=['a', 'b']) FROM 'uploads/slow.onnx'";
        await using var patient = scene.CreateServices(TimeProvider.System);
        const int Megabytes = 1777; // tells its process from others'
        var options = patient.GetRequiredService<IOptions<ImportHostOptions>>().Value;
        (options.PictureSeconds, options.Megabytes) = (600, Megabytes);
        var id = await scene.Queue.AddAsync(new NewTrainingRun("slow", RunTrigger.Statement, Upload, TokenScope.Write), Cancellation);
        var running = ActivatorUtilities.CreateInstance<RunService>(patient).RunOneAsync(Cancellation);
        var deadline = DateTime.UtcNow.AddMinutes(2);
        while (HostsOf(Megabytes).Count == 0)
        {
            DateTime.UtcNow.ShouldBeLessThan(deadline);
            await Task.Delay(50, Cancellation);
        }

        await scene.Queue.CancelAsync(id, Cancellation);
        await running;

        (await scene.Queue.FindAsync(id, Cancellation))!.State.ShouldBe(RunState.Cancelled);
        HostsOf(Megabytes).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_network_that_gives_no_answer_three_times_rests_for_everybody_until_it_is_resumed()
    {
        string[] keys = ["white/1.png", "white/2.png", "white/3.png", "white/4.png"];
        for (var i = 0; i < keys.Length; i++)
            await scene.StoreAsync(keys[i], TestPictures.Png(40, 40, (_, _, c) => 255 - i - c));
        await scene.StoreAsync("white/black.png", TestPictures.Png(40, 40, (_, _, _) => 0));
        await using var services = scene.CreateServices(TimeProvider.System);
        services.GetRequiredService<IOptions<ImportHostOptions>>().Value.PictureSeconds = 4;
        var space = await services.GetRequiredService<EmbeddingSpaces>().AddAsync(
            ForeignNetwork.EndlessAboveOne(), TrunkOrigin.Uploaded, new Preprocessing(ForeignNetwork.Side), Cancellation);
        var embedder = services.GetRequiredService<ImageEmbedder>();

        for (var i = 0; i < 3; i++)
            (await EnsureAsync(embedder, keys[i])).ShouldBe([null]);

        (await scene.ScalarAsync<string>("SELECT string_agg(DISTINCT split_part(failure, ':', 1), ' ') FROM thanosql.image WHERE key LIKE 'white/%'"))
            .ShouldBe("no_answer");
        // Another model has an answer to the same picture
        var own = await services.GetRequiredService<EmbeddingSpaces>().OpenAsync("ConvNeXt_Atto", new Preprocessing(32), Cancellation);
        (await embedder.EnsureAsync([new ObjectPath("workspace", keys[0])], own.TrunkId, views: 1, null, Cancellation))[0].ShouldNotBeNull();
        // In this process and in every other
        (await Should.ThrowAsync<TrunkException>(() => EnsureAsync(embedder, "white/black.png"))).Message.ShouldContain("3 times in a row");
        var elsewhere = scene.Services.GetRequiredService<ImageEmbedder>();
        (await Should.ThrowAsync<TrunkException>(() => EnsureAsync(elsewhere, "white/black.png"))).Message.ShouldContain("rests");

        await scene.ExecuteAsync($"UPDATE thanosql.trunk SET rests = NULL WHERE trunk_id = {space.TrunkId}");
        (await EnsureAsync(embedder, "white/black.png"))[0].ShouldNotBeNull();

        async Task<IReadOnlyList<long?>> EnsureAsync(ImageEmbedder by, string key) =>
            await by.EnsureAsync([new ObjectPath("workspace", key)], space.TrunkId, views: 1, null, Cancellation);
    }

    [Fact]
    public async Task Resuming_a_model_wakes_its_network()
    {
        await scene.StoreAsync("uploads/tired.onnx", TestClassifier.OfColours(bias: [0, 0, 9]));
        await scene.StoreAsync("tired/1.png", TestPictures.Png(40, 40, (_, _, c) => 50 * c));
        await scene.PromoteAsync("tired", "UPLOAD MODEL tired OPTIONS (labels=['사과', '풀', '배']) FROM 'uploads/tired.onnx'");
        var trunk = await scene.ScalarAsync<int>(
            "SELECT v.trunk_id FROM thanosql.model_version v JOIN thanosql.model m USING (model_id) WHERE m.name = 'tired'");
        await scene.Services.GetRequiredService<TrunkCatalog>().RestAsync(trunk, "It rests.", Cancellation);
        // A process that has not opened it yet
        await using var services = scene.CreateServices(TimeProvider.System);
        var embedder = services.GetRequiredService<ImageEmbedder>();

        (await Should.ThrowAsync<TrunkException>(EnsureAsync)).Message.ShouldBe(
            "It rests. Upload it again, or let it try again: thanosql model resume tired");
        await scene.Services.GetRequiredService<TrainingRequests>().ResumeAsync("tired", Cancellation);
        (await EnsureAsync())[0].ShouldNotBeNull();

        Task<IReadOnlyList<long?>> EnsureAsync() =>
            embedder.EnsureAsync([new ObjectPath("workspace", "tired/1.png")], trunk, views: 1, null, Cancellation);
    }

    private static List<int> HostsOf(int megabytes) =>
        [.. System.Diagnostics.Process.GetProcessesByName("thanosql").Select(p => p.Id).Where(id =>
        {
            var started = $"/proc/{id}/cmdline";
            return File.Exists(started) && File.ReadAllText(started).Contains($"\"Megabytes\":{megabytes},", StringComparison.Ordinal);
        })];
}
