using ThanoSql.Vision.FineTuning;
using ThanoSql.Vision.Heads;
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

    private static readonly FineTuneOptions Options = new()
    {
        Epochs = 3,
        InputSize = 32,
        BatchSize = 8,
        LearningRate = 3e-3,
        Threads = 2,
        Patience = 0,
        WarmUp = 0.2,
        SmallestCut = 0.8,
        FrozenStages = 0,
        Averaging = 0.9,
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("fine-tuning-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Fine_tuning_beats_the_frozen_trunk_on_photographs_it_never_saw()
    {
        var result = await Run(Options with { Epochs = 12 }, Waves(160, seed: 1), Waves(80, seed: 2));
        var (frozen, best) = (result.History[0].HeldOutAccuracy, result.History.Skip(1).Max(e => e.HeldOutAccuracy));
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
        (await Should.ThrowAsync<ArgumentException>(() => Run(Options with { TrainingSize = 100 }, Waves(8, 1), null)))
            .Message.ShouldContain("TrainingSize");
        (await Should.ThrowAsync<ArgumentException>(() => Run(Options with { LearningRate = 0 }, Waves(8, 1), null)))
            .Message.ShouldContain("LearningRate");
        (await Should.ThrowAsync<ArgumentException>(() => Run(Options with { InputSize = 64 }, Waves(8, 1), null)))
            .Message.ShouldContain("too small");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Frozen_stages_stay_as_they_are_and_the_others_learn(int stages)
    {
        var result = await Run(Options with { Epochs = 1, FrozenStages = stages }, Waves(24, seed: 1), null);

        var tuned = SafeTensors.Parse(result.Trunk, "tuned");
        tuned.Names.ShouldBe(Trunk.Names, ignoreOrder: true);
        foreach (var name in Trunk.Names)
        {
            var isFrozen = name.StartsWith("stem", StringComparison.Ordinal) || Enumerable.Range(0, stages).Any(
                s => name.StartsWith(FormattableString.Invariant($"stages.{s}."), StringComparison.Ordinal));
            var (before, after) = (Trunk.Read(name, [.. Trunk.Shape(name)]), tuned.Read(name, [.. tuned.Shape(name)]));
            before.SequenceEqual(after).ShouldBe(isFrozen, name);
        }
    }

    [Fact]
    public async Task Photographs_that_are_mixed_train_and_resume_like_others()
    {
        var options = Options with { MixUp = 0.4, Epochs = 2 };
        var (training, heldOut) = (Waves(40, seed: 1), Waves(20, seed: 2));
        var mixed = await Run(options, training, heldOut);
        mixed.Trunk.ShouldBe((await Run(options, training, heldOut)).Trunk);
        mixed.Trunk.ShouldNotBe((await Run(options with { MixUp = 0 }, training, heldOut)).Trunk);
    }

    [Fact]
    public async Task A_given_head_is_where_training_starts()
    {
        var (training, heldOut) = (Waves(40, seed: 1), Waves(20, seed: 2));
        // It knows one of four labels, in another order, and one that nobody asks for
        var start = new Head(["nothing", "direction 2"], new float[2 * 32], [0, 50], new float[2]);
        var result = await FineTuner.RunAsync(
            Options with { Epochs = 1, LearningRate = 1e-9 }, new(Trunk, training, heldOut) { Start = start }, Sessions, null, default);

        result.History[0].HeldOutAccuracy.ShouldBe(0.25);
        result.History[1].HeldOutAccuracy.ShouldBe(0.25);
        result.Head.Labels.Count.ShouldBe(4);
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
        Augmentation.Centre(crop, Side, input, Options.InputSize);
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
