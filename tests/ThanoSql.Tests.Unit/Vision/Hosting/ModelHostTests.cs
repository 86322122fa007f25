using System.Diagnostics;
using System.Globalization;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Vision.Hosting;
using ThanoSql.Vision.Imaging;
using ThanoSql.Vision.Inference;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Tests.Unit.Vision.Hosting;

/// <summary>Networks of others run in a process that can do nothing else, and that dies alone.</summary>
public sealed class ModelHostTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("thanosql-host-");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Its_process_has_no_files_no_network_no_environment_and_little_memory()
    {
        using var process = Start(ForeignNetwork.Means());
        foreach (var thread in Directory.GetDirectories($"/proc/{process.Id}/task"))
        {
            var status = File.ReadAllLines($"{thread}/status").Select(l => l.Split(':')).ToDictionary(l => l[0], l => l[1].Trim());
            status["Seccomp"].ShouldBe("2", thread);
            status["NoNewPrivs"].ShouldBe("1", thread);
        }
        var limits = File.ReadAllLines($"/proc/{process.Id}/limits");
        limits.ShouldContain(l => l.StartsWith("Max file size") && Numbers(l)[0] == 0);
        limits.ShouldContain(l => l.StartsWith("Max core file size") && Numbers(l)[0] == 0);
        limits.ShouldContain(l => l.StartsWith("Max address space") && Numbers(l).Length == 2);
        Directory.GetFiles($"/proc/{process.Id}/fd").Select(f => new FileInfo(f).LinkTarget).OfType<string>() // but those closed meanwhile
            .ShouldAllBe(target => target.StartsWith("pipe:") || target.StartsWith("anon_inode:") || target.StartsWith("/dev/"));
        File.ReadAllText($"/proc/{process.Id}/environ").Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .ShouldAllBe(v => v.StartsWith("DOTNET_") || v.StartsWith("MALLOC_") || v.StartsWith("LD_") || v == "ORT_DISABLE_TELEMETRY=1");
    }

    [Fact]
    public void Where_it_cannot_be_confined_it_gets_no_model_unless_that_is_allowed()
    {
        // What it tries itself before it asks for the model: each works here, and each would be refused behind the filter
        var error = Should.Throw<TrunkException>(() => Start(ForeignNetwork.Means(), new ImportHostOptions { WithoutSeccomp = true }));
        error.Message.ShouldContain("open, socket, fork, ptrace, kill still work");
        error.Message.ShouldContain("Models:Import:AllowUnconfined");

        using var process = Start(ForeignNetwork.Means(), new ImportHostOptions { WithoutSeccomp = true, AllowUnconfined = true });
        process.Look(Picture(0.5f), Cancellation).Values[0].ShouldBe(0.5f, 1e-5f);
    }

    [Fact]
    public void Its_answers_are_those_of_ONNX_Runtime_from_many_threads_at_once()
    {
        using var process = Start(ForeignNetwork.Means(), places: 3);
        Parallel.For(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 6 }, i =>
        {
            var answer = process.Look(Picture(i), Cancellation);
            answer.Shape.ShouldBe([1, 3]);
            answer.Values[..3].ShouldAllBe(v => Math.Abs(v - i) < 0.01f);
        });
    }

    [Fact]
    public void A_picture_for_which_it_asks_for_3_GB_gets_no_answer_and_the_next_gets_one()
    {
        using var embedder = Embedder(ForeignNetwork.HugeAboveOne(), new ImportHostOptions());
        var error = Should.Throw<ImageRejectedException>(() => embedder.Embed(Picture(2)));
        error.Code.ShouldBe("no_answer");
        embedder.Embed(Picture(0.5f)).ShouldAllBe(v => v == (Half)0.5f);
    }

    [Fact]
    public async Task A_model_that_does_not_end_gives_no_answer_and_rests_after_the_third_time_until_it_is_resumed()
    {
        using var embedder = Embedder(ForeignNetwork.EndlessAboveOne(), new ImportHostOptions { PictureSeconds = 4 });
        var rested = new List<string>();
        embedder.Hosted!.Rested += rested.Add;
        embedder.Embed(Picture(0.25f)).ShouldAllBe(v => v == (Half)0.25f);
        var first = embedder.Hosted.ProcessId!.Value;

        for (var i = 0; i < 2; i++)
        {
            var error = Should.Throw<ImageRejectedException>(() => embedder.Embed(Picture(2)));
            error.Code.ShouldBe("no_answer");
            error.Message.ShouldContain("more than 4 s");
        }
        await EndedAsync(first);
        // An answer between them starts the count again
        embedder.Embed(Picture(0.25f)).ShouldAllBe(v => v == (Half)0.25f);
        for (var i = 0; i < 3; i++)
            Should.Throw<ImageRejectedException>(() => embedder.Embed(Picture(2)));

        rested.Count.ShouldBe(1);
        Should.Throw<TrunkException>(() => embedder.Embed(Picture(0.25f))).Message.ShouldContain("rests");
        embedder.Hosted.Resume();
        embedder.Embed(Picture(0.25f)).ShouldAllBe(v => v == (Half)0.25f);
    }

    [Fact]
    public void Pictures_beside_one_that_ends_the_process_get_their_answers()
    {
        using var embedder = Embedder(ForeignNetwork.EndlessAboveOne(), new ImportHostOptions { PictureSeconds = 10 });
        var answers = new Half[6][];
        var refused = 0;
        Parallel.For(0, 6, new ParallelOptions { MaxDegreeOfParallelism = 6 }, i =>
        {
            try
            {
                answers[i] = embedder.Embed(Picture(i == 3 ? 2 : 0.5f));
            }
            catch (ImageRejectedException)
            {
                i.ShouldBe(3);
                Interlocked.Increment(ref refused);
            }
        });
        refused.ShouldBe(1);
        answers.Where((_, i) => i != 3).ShouldAllBe(a => a[0] == (Half)0.5f);
        embedder.Hosted!.Rest.ShouldBeNull();
    }

    [Fact]
    public void A_process_that_was_killed_is_started_again_and_the_picture_gets_its_answer()
    {
        using var embedder = Embedder(ForeignNetwork.Means(), new ImportHostOptions());
        embedder.Embed(Picture(0.5f));
        var first = embedder.Hosted!.ProcessId!.Value;
        using (var killed = Process.GetProcessById(first))
            killed.Kill();

        embedder.Embed(Picture(0.5f)).ShouldAllBe(v => v == (Half)0.5f);

        embedder.Hosted.ProcessId.ShouldNotBe(first);
    }

    [Fact]
    public async Task Evicting_and_disposing_end_the_process()
    {
        var embedder = Embedder(ForeignNetwork.Means(), new ImportHostOptions());
        embedder.IsLoaded.ShouldBeFalse();
        embedder.Embed(Picture(0.5f));
        var first = embedder.Hosted!.ProcessId!.Value;
        embedder.Evict();
        await EndedAsync(first);
        embedder.IsLoaded.ShouldBeFalse();
        embedder.Embed(Picture(0.5f));
        var second = embedder.Hosted.ProcessId!.Value;
        embedder.Dispose();
        await EndedAsync(second);
    }

    [Fact]
    public async Task Cancelling_ends_the_process_in_the_middle_of_a_picture()
    {
        using var process = Start(ForeignNetwork.EndlessAboveOne(), new ImportHostOptions { PictureSeconds = 600 });
        using var cancel = new CancellationTokenSource();
        var looking = Task.Run(() => process.Look(Picture(2), cancel.Token), Cancellation);
        using var child = Process.GetProcessById(process.Id);
        var (before, deadline) = (child.TotalProcessorTime, DateTime.UtcNow.AddSeconds(60));
        // It is in the middle of it when it has used a second
        while (child.TotalProcessorTime - before < TimeSpan.FromSeconds(1))
        {
            DateTime.UtcNow.ShouldBeLessThan(deadline);
            await Task.Delay(10, Cancellation);
            child.Refresh();
        }
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => looking);
        await EndedAsync(process.Id);
    }

    [Fact]
    public void A_model_that_does_not_load_says_why()
    {
        Should.Throw<ThanoSql.Vision.Models.ModelFileException>(() => Start([1, 2, 3])).Message.ShouldContain("protobuf");
        using var embedder = Embedder(ForeignNetwork.Means(), new ImportHostOptions());
        embedder.Embed(Picture(0.5f)).ShouldAllBe(v => v == (Half)0.5f);
    }

    private static ModelProcess Start(byte[] model, ImportHostOptions? options = null, int places = 2) =>
        ModelProcess.Start(model, new ModelProcessPlan(options ?? new ImportHostOptions(), places, ForeignNetwork.Side, 1), Cancellation);

    private Embedder Embedder(byte[] model, ImportHostOptions options)
    {
        var vision = new VisionOptions { Provider = VisionProvider.Cpu, Threads = 3 };
        // Never evicted without a file
        var file = Path.Combine(_folder.FullName, "uploaded.onnx");
        File.WriteAllBytes(file, model);
        return new Embedder(
            ForeignNetwork.Trunk(model), new Preprocessing(ForeignNetwork.Side), new InferenceSessionFactory(vision, null, options), vision, file);
    }

    private static float[] Picture(float value)
    {
        var pixels = new float[3 * ForeignNetwork.Side * ForeignNetwork.Side];
        Array.Fill(pixels, value);
        return pixels;
    }

    private static long[] Numbers(string line) =>
        [.. line.Split(' ').Select(w => long.TryParse(w, CultureInfo.InvariantCulture, out var n) ? n : -1).Where(n => n >= 0)];

    private static async Task EndedAsync(int process)
    {
        var deadline = DateTime.UtcNow.AddSeconds(30);
        while (Directory.Exists($"/proc/{process}"))
        {
            DateTime.UtcNow.ShouldBeLessThan(deadline);
            await Task.Delay(10, Cancellation);
        }
    }
}
