using ThanoSql.Vision.FineTuning;
using ThanoSql.Vision.Imaging;
using ThanoSql.Vision.Inference;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Tests.Unit.Vision.FineTuning;

/// <summary>
/// Pictures of waves whose direction is the label, of random phase, length and colour: a random trunk alone tells them apart badly.
/// </summary>
public sealed class FineTunerTests : IDisposable
{
    private const int Side = 40;

    private static readonly InferenceSessionFactory Sessions = new(new VisionOptions { Provider = VisionProvider.Cpu });
    private static readonly SafeTensors Trunk =
        SafeTensors.Parse(RandomTrunk.Create(new ConvNeXtVariant("test", [1, 1, 1, 1], [8, 16, 24, 32]), seed: 1), "test");

    private static readonly FineTuneOptions Options =
        new() { Epochs = 3, InputSize = 32, BatchSize = 8, LearningRate = 3e-3, Threads = 2, Patience = 0, WarmUp = 0.2, SmallestCut = 0.8 };

    private readonly string _folder = Directory.CreateTempSubdirectory("fine-tuning-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Fine_tuning_beats_the_frozen_trunk_on_photographs_it_never_saw()
    {
        var result = await Run(Options with { Epochs = 12 }, Waves(160, seed: 1), Waves(80, seed: 2));
        var (frozen, best) = (result.History[0].HeldOutAccuracy, result.History.Max(e => e.HeldOutAccuracy));
        best.ShouldBeGreaterThan(frozen + 0.05);
        result.History.Count.ShouldBe(13);
        result.Head.Labels.ShouldBe(["direction 0", "direction 1", "direction 2", "direction 3"]);
        // What came back is the best epoch, and it answers as it was judged.
        var heldOut = Waves(80, seed: 2);
        using var embedder = new Embedder(
            new ConvNeXtTrunk(SafeTensors.Parse(result.Trunk, "tuned")), new Preprocessing(Options.InputSize), Sessions, new VisionOptions());
        var right = Enumerable.Range(0, heldOut.Count).Count(
            i => result.Head.TopK(embedder.Embed(Input(heldOut.Read(i))), 1)[0].Label == heldOut.Labels[i]);
        ((double)right / heldOut.Count).ShouldBe(best, 1e-9);
    }

    [Fact]
    public async Task A_stopped_run_goes_on_to_the_same_trunk()
    {
        var (training, heldOut) = (Waves(40, seed: 1), Waves(20, seed: 2));
        var whole = await Run(Options, training, heldOut);
        var options = Options with { Checkpoint = Path.Combine(_folder, "run") };
        using var stop = new CancellationTokenSource();
        var progress = new Callback(p =>
        {
            if (p is { Phase: FineTunePhase.Training, Step: 7 })
                stop.Cancel();
        });
        await Should.ThrowAsync<OperationCanceledException>(
            () => FineTuner.RunAsync(options, new(Trunk, training, heldOut), Sessions, progress, stop.Token));
        File.Exists(options.Checkpoint).ShouldBeTrue();
        var steps = new List<int>();
        var resumed = await FineTuner.RunAsync(
            options, new(Trunk, training, heldOut), Sessions, new Callback(p => steps.Add(p.Step)), default);
        steps.Where(s => s > 0).Min().ShouldBe(7);
        resumed.History.Select(e => e.TrainingLoss).ShouldBe(whole.History.Select(e => e.TrainingLoss));
        resumed.Trunk.ShouldBe(whole.Trunk);

        // What is done is not done again until somebody has kept it.
        steps.Clear();
        (await FineTuner.RunAsync(options, new(Trunk, training, heldOut), Sessions, new Callback(p => steps.Add(p.Step)), default))
            .Trunk.ShouldBe(whole.Trunk);
        steps.ShouldBe([0]);
    }

    [Fact]
    public async Task A_checkpoint_of_another_run_is_not_continued()
    {
        var options = Options with { Checkpoint = Path.Combine(_folder, "run"), Epochs = 1 };
        await File.WriteAllBytesAsync(options.Checkpoint, [1, 2, 3, 4, 5, 6]);
        (await Run(options, Waves(20, seed: 1), Waves(8, seed: 2))).History.Count.ShouldBe(2);
    }

    [Fact]
    public async Task The_estimate_comes_before_the_first_step()
    {
        var seen = new List<FineTuneProgress>();
        await FineTuner.RunAsync(Options with { Epochs = 1 }, new(Trunk, Waves(24, seed: 1), null), Sessions, new Callback(seen.Add), default);
        seen.Select(p => p.Phase).Distinct().ShouldBe(
            [FineTunePhase.Preparing, FineTunePhase.Estimated, FineTunePhase.Training, FineTunePhase.EpochDone]);
        var estimate = seen.Single(p => p.Phase == FineTunePhase.Estimated);
        (estimate.Step, estimate.Steps).ShouldBe((0, 3));
        estimate.Remaining.ShouldBeGreaterThan(TimeSpan.Zero);
    }

    [Fact]
    public async Task Training_stops_when_patience_runs_out()
    {
        // Labels without any relation to the pictures cannot get better for long.
        var noise = Waves(24, seed: 1) with { Labels = [.. Enumerable.Range(0, 24).Select(i => $"{i % 3}")] };
        var heldOut = Waves(24, seed: 2) with { Labels = [.. Enumerable.Range(0, 24).Select(i => $"{i / 8}")] };
        var options = Options with { Epochs = 40, Patience = 2, Checkpoint = Path.Combine(_folder, "run") };
        var result = await Run(options, noise, heldOut);
        result.StoppedEarly.ShouldBeTrue();
        result.History.Count.ShouldBeLessThan(41);

        var resumed = await Run(options, noise, heldOut);
        resumed.StoppedEarly.ShouldBeTrue();
        resumed.History.Count.ShouldBe(result.History.Count);
    }

    [Fact]
    public async Task Options_out_of_range_are_named()
    {
        (await Should.ThrowAsync<ArgumentException>(() => Run(Options with { InputSize = 100 }, Waves(8, 1), null)))
            .Message.ShouldContain("InputSize");
        (await Should.ThrowAsync<ArgumentException>(() => Run(Options with { LearningRate = 0 }, Waves(8, 1), null)))
            .Message.ShouldContain("LearningRate");
        (await Should.ThrowAsync<ArgumentException>(() => Run(Options with { InputSize = 64 }, Waves(8, 1), null)))
            .Message.ShouldContain("too small");
    }

    [Fact]
    public async Task A_learning_rate_that_explodes_is_reported() =>
        (await Should.ThrowAsync<InvalidDataException>(() => Run(Options with { LearningRate = 1e30, Epochs = 5 }, Waves(24, 1), null)))
            .Message.ShouldContain("learning rate");

    private static Task<FineTuneResult> Run(FineTuneOptions options, LabelledCrops training, LabelledCrops? heldOut) =>
        FineTuner.RunAsync(options, new(Trunk, training, heldOut), Sessions, null, default);

    private static float[] Input(byte[] crop)
    {
        var input = new float[3 * Options.InputSize * Options.InputSize];
        Augmentation.Whole(crop, Side, input, Options.InputSize);
        return input;
    }

    private static LabelledCrops Waves(int count, int seed)
    {
        var pictures = Enumerable.Range(0, count).Select(i => Wave(i % 4, new Random((seed * 1000) + i))).ToArray();
        return new([.. Enumerable.Range(0, count).Select(i => $"direction {i % 4}")], Side, i => pictures[i]);
    }

    private static byte[] Wave(int direction, Random random)
    {
        var angle = Math.PI * direction / 4;
        double phase = random.NextDouble() * 6, length = 4 + (6 * random.NextDouble());
        double[] colour = [random.NextDouble(), random.NextDouble(), random.NextDouble()];
        var picture = new byte[3 * Side * Side];
        for (var i = 0; i < picture.Length; i++)
        {
            int x = i % Side, y = i / Side % Side;
            var wave = Math.Sin(phase + (2 * Math.PI * ((x * Math.Cos(angle)) + (y * Math.Sin(angle))) / length));
            picture[i] = (byte)Math.Clamp(128 + (90 * wave * colour[i / (Side * Side)]) + (50 * (random.NextDouble() - 0.5)), 0, 255);
        }
        return picture;
    }

    private sealed class Callback(Action<FineTuneProgress> action) : IProgress<FineTuneProgress>
    {
        public void Report(FineTuneProgress value) => action(value);
    }
}
