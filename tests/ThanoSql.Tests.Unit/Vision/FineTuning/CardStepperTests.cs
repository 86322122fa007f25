using Microsoft.ML.OnnxRuntime;
using ThanoSql.Vision.FineTuning;
using ThanoSql.Vision.FineTuning.Graph;
using ThanoSql.Vision.Inference;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Tests.Unit.Vision.FineTuning;

/// <summary>What a card runs, with its memory bound, on the CPU provider.</summary>
public sealed class CardStepperTests
{
    private const int Side = 32;
    private const int Labels = 3;
    private const int Steps = 5;

    private static readonly InferenceSessionFactory Sessions = new(new VisionOptions { Provider = VisionProvider.Cpu });
    private static readonly ConvNeXtVariant Variant = new("test", [1, 1, 1, 1], [8, 16, 24, 32]);

    // Long gradients are shortened in some of the steps
    private static readonly FineTuneOptions Options =
        new()
        {
            BatchSize = 4,
            InputSize = Side,
            Threads = 1,
            LearningRate = 1e-3,
            WeightDecay = 0.1,
            ClipNorm = 0.7,
            LayerDecay = 0.7,
            Averaging = 0.5,
        };

    private readonly TrainingModel _model = ConvNeXtTraining.Build(Variant, Side, Options.BatchSize, Labels);

    [Fact]
    public void Its_steps_are_those_of_the_CPU()
    {
        var (card, host) = (State(), State());
        using var stepper = Stepper(card);
        using var expected = new HostStepper(_model, host, Options, Sessions);
        for (var step = 1; step <= Steps; step++)
        {
            Fill(stepper, step);
            Fill(expected, step);
            stepper.Step(Rates(step), default).ShouldBe(expected.Step(Rates(step), default), 1e-6f);
        }
        stepper.Fetch();

        ShouldAgree(card.Parameters, host.Parameters, 1e-6f);
        ShouldAgree(card.First, host.First, 1e-6f);
        ShouldAgree(card.Second, host.Second, 1e-6f);
        ShouldAgree(card.Average, host.Average, 1e-6f);
        card.Average.Of(SoftmaxLoss.Weight).ShouldNotBe(card.Parameters.Of(SoftmaxLoss.Weight));
        // What decays, what does not, and both rates were there to be mistaken
        card.Parameters.Of(SoftmaxLoss.Weight).ShouldContain(v => Math.Abs(v) > 4e-3);
        card.Parameters.Of("stem.0.bias").ShouldContain(v => v != 0);
    }

    [Fact]
    public void Bound_memory_changes_nothing()
    {
        var state = State();
        using var stepper = Stepper(state);
        using var session = Sessions.CreateOnCpu(SteppingGraph.Build(_model, Options.ClipNorm, Options.LayerDecay));
        var layout = new FlatLayout(_model.Parameters);
        float[][] vectors = [.. SteppingGraph.Vectors.Select(_ => new float[layout.Length])];
        layout.Gather(state.Parameters, vectors[0]);
        layout.Gather(state.Average, vectors[3]);
        for (var step = 1; step <= Steps; step++)
        {
            Fill(stepper, step);
            vectors = Unbound(session, stepper, Rates(step), vectors);
            stepper.Step(Rates(step), default);
        }
        stepper.Fetch();

        var expected = State();
        foreach (var (vector, set) in vectors.Zip([expected.Parameters, expected.First, expected.Second, expected.Average]))
            layout.Scatter(vector, set);
        ShouldAgree(state.Parameters, expected.Parameters, 0);
        ShouldAgree(state.First, expected.First, 0);
        ShouldAgree(state.Second, expected.Second, 0);
        ShouldAgree(state.Average, expected.Average, 0);
    }

    [Fact]
    public void A_step_on_trial_leaves_everything_as_it_was()
    {
        var (state, before) = (State(), State());
        using var stepper = Stepper(state);
        Fill(stepper, 1);
        stepper.Try(default);
        stepper.Fetch();

        ShouldAgree(state.Parameters, before.Parameters, 0);
        ShouldAgree(state.First, before.First, 0);
    }

    [Fact]
    public void A_vector_holds_every_parameter_once_and_like_ones_together()
    {
        var layout = new FlatLayout(_model.Parameters);
        layout.Order.Select(p => p.Name).ShouldBe(_model.Parameters.Select(p => p.Name), ignoreOrder: true);
        layout.Groups.Select(g => (g.IsClassifier, g.Decays)).Distinct()
            .ShouldBe([(false, false), (false, true), (true, false), (true, true)]);
        layout.Groups.Where(g => !g.IsClassifier && g.Decays).Select(g => g.Depth).ShouldBe([0, 1, 2, 3, 4]);
        var (state, vector) = (State(), new float[layout.Length]);
        layout.Gather(state.Parameters, vector);
        var copy = state.Parameters.Zeros();
        layout.Scatter(vector, copy);
        ShouldAgree(copy, state.Parameters, 0);
    }

    private FineTuneState State() =>
        FineTuneState.New(ParameterSet.From(SafeTensors.Parse(RandomTrunk.Create(Variant, seed: 3), "test"), _model.Parameters));

    private CardStepper Stepper(FineTuneState state) => new(
        Sessions.CreateOnCpu(SteppingGraph.Build(_model, Options.ClipNorm, Options.LayerDecay)), Sessions.CreateOnCpu(CardStepper.Mover(_model)),
        OrtAllocator.DefaultInstance, _model, state);

    private static StepRates Rates(int step) => StepRates.Of(step, Options.LearningRate / step, Options);

    private static void Fill(IStepper stepper, int step)
    {
        var random = new Random(step);
        for (var i = 0; i < stepper.BatchSize; i++)
        {
            foreach (ref var value in stepper.Picture(i))
                value = (float)((random.NextDouble() - 0.5) * 4);
            stepper.Target(i).Clear();
            stepper.Target(i)[i % Labels] = 1f / stepper.BatchSize;
        }
    }

    private static float[][] Unbound(InferenceSession session, CardStepper pictures, StepRates rates, float[][] vectors)
    {
        var numbers = new float[StepRates.Names.Count];
        rates.CopyTo(numbers);
        var images = Enumerable.Range(0, pictures.BatchSize).SelectMany(i => pictures.Picture(i).ToArray()).ToArray();
        var targets = Enumerable.Range(0, pictures.BatchSize).SelectMany(i => pictures.Target(i).ToArray()).ToArray();
        using var options = new RunOptions();
        using var image = OrtValue.CreateTensorValueFromMemory(images, [pictures.BatchSize, 3, Side, Side]);
        using var target = OrtValue.CreateTensorValueFromMemory(targets, [pictures.BatchSize, Labels]);
        using var rate = OrtValue.CreateTensorValueFromMemory(numbers, [numbers.Length]);
        using var parameters = OrtValue.CreateTensorValueFromMemory(vectors[0], [vectors[0].Length]);
        using var first = OrtValue.CreateTensorValueFromMemory(vectors[1], [vectors[1].Length]);
        using var second = OrtValue.CreateTensorValueFromMemory(vectors[2], [vectors[2].Length]);
        using var average = OrtValue.CreateTensorValueFromMemory(vectors[3], [vectors[3].Length]);
        using var outputs = session.Run(
            options, ["image", "target", "rates", .. SteppingGraph.Vectors], [image, target, rate, parameters, first, second, average],
            [.. SteppingGraph.Vectors.Select(SteppingGraph.Next)]);
        return [.. outputs.Select(o => o.GetTensorDataAsSpan<float>().ToArray())];
    }

    private static void ShouldAgree(ParameterSet actual, ParameterSet expected, float tolerance)
    {
        for (var i = 0; i < actual.Values.Length; i++)
        {
            var largest = actual.Values[i].Zip(expected.Values[i], (a, e) => Math.Abs(a - e)).Max();
            largest.ShouldBeLessThanOrEqualTo(tolerance, actual.Parameters[i].Name);
        }
    }
}
