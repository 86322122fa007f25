using ThanoSql.Vision.FineTuning;
using ThanoSql.Vision.FineTuning.Graph;
using ThanoSql.Vision.Imaging;
using ThanoSql.Vision.Inference;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Tests.Unit.Vision.FineTuning;

/// <summary>The training graph of a small ConvNeXt whose stages have 16, 8, 4 and 2 pixels a side: both forms of the depthwise layer.</summary>
public sealed class GradientTests : IDisposable
{
    private const int Side = 64;
    private const int Pictures = 3;
    private const int Labels = 4;

    private static readonly InferenceSessionFactory Sessions = new(new VisionOptions { Provider = VisionProvider.Cpu });

    private readonly SafeTensors _trunk;
    private readonly ParameterSet _parameters;
    private readonly ParameterSet _gradient;
    private readonly GradientEngine _engine;

    public GradientTests()
    {
        var variant = new ConvNeXtVariant("test", [1, 1, 2, 1], [8, 16, 24, 32]);
        _trunk = SafeTensors.Parse(RandomTrunk.Create(variant, seed: 3), "test");
        var model = ConvNeXtTraining.Build(variant, Side, batch: 2, Labels);
        _parameters = ParameterSet.From(_trunk, model.Parameters);
        var random = new Random(5);
        // Zeros and ones would hide what they multiply.
        foreach (var values in _parameters.Values)
        {
            foreach (ref var value in values.AsSpan())
                value += (float)((random.NextDouble() - 0.5) * 0.4);
        }
        _gradient = _parameters.Zeros();
        _engine = new GradientEngine(model, _parameters, Sessions, threads: 2);
        for (var n = 0; n < Pictures; n++)
        {
            foreach (ref var value in _engine.Picture(n))
                value = (float)((random.NextDouble() - 0.5) * 4);
            _engine.Target(n)[n % Labels] = 0.25f;
            _engine.Target(n)[(n + 1) % Labels] = 0.15f;
        }
    }

    public static TheoryData<string> Names =>
    [
        "stem.0.weight", "stem.0.bias", "stem.1.weight", "stem.1.bias",
        "stages.0.blocks.0.conv_dw.weight", "stages.0.blocks.0.conv_dw.bias", "stages.0.blocks.0.norm.weight", "stages.0.blocks.0.norm.bias",
        "stages.0.blocks.0.mlp.fc1.weight", "stages.0.blocks.0.mlp.fc1.bias", "stages.0.blocks.0.mlp.fc2.weight",
        "stages.0.blocks.0.mlp.fc2.bias", "stages.0.blocks.0.gamma",
        "stages.1.downsample.0.weight", "stages.1.downsample.0.bias", "stages.1.downsample.1.weight", "stages.1.downsample.1.bias",
        "stages.1.blocks.0.conv_dw.weight", "stages.2.blocks.0.conv_dw.weight", "stages.2.blocks.1.conv_dw.weight", "stages.2.blocks.1.gamma",
        "stages.3.blocks.0.conv_dw.weight", "stages.3.blocks.0.mlp.fc1.weight",
        "head.norm.weight", "head.norm.bias", "classifier.weight", "classifier.bias",
    ];

    public void Dispose() => _engine.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradients_agree_with_finite_differences(string name)
    {
        _engine.Run(_gradient, default);
        var own = (float[])_gradient.Of(name).Clone();
        var length = Math.Sqrt(own.Sum(g => (double)g * g));
        length.ShouldBeGreaterThan(1e-5);
        Slope(name, [.. own.Select(g => g / length)]).ShouldBe(length, 0.01 * length);
        // The steepest directions beside it: the largest component, and some at random.
        var random = new Random(name.Length);
        var largest = own.Max(Math.Abs);
        int[] picks = [Array.FindIndex(own, g => Math.Abs(g) == largest), .. Enumerable.Range(0, 5).Select(_ => random.Next(own.Length))];
        foreach (var i in picks)
        {
            var direction = new double[own.Length];
            direction[i] = 1;
            Slope(name, direction).ShouldBe(own[i], 0.02 * largest);
        }
    }

    [Fact]
    public void Every_parameter_has_a_gradient_of_its_own()
    {
        _engine.Run(_gradient, default);
        foreach (var (values, parameter) in _gradient.Values.Zip(_gradient.Parameters))
            values.Any(v => v != 0).ShouldBeTrue(parameter.Name);
    }

    [Fact]
    public void The_forward_pass_is_that_of_the_inference_graph()
    {
        // A fresh trunk, rounded to float16 as files are.
        var file = SafeTensors.Parse(_parameters.ToTrunk(new Dictionary<string, string>()), "tuned");
        ParameterSet.From(file, [.. _parameters.Parameters.Where(p => !p.Name.StartsWith("classifier", StringComparison.Ordinal))])
            .Values.Zip(_parameters.Values).ToList().ForEach(pair => pair.First.CopyTo(pair.Second, 0));
        using var embedder = new Embedder(new ConvNeXtTrunk(file), new Preprocessing(Side), Sessions, new VisionOptions());
        var expected = 0.0;
        for (var n = 0; n < Pictures; n++)
            expected += Loss(embedder.Embed(_engine.Picture(n).ToArray()), _engine.Target(n));
        ((double)_engine.Run(_gradient, default)).ShouldBe(expected, 1e-3);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Frozen_stages_change_no_gradient_behind_them(int stages)
    {
        var file = SafeTensors.Parse(_parameters.ToTrunk(new Dictionary<string, string>()), "rounded");
        ParameterSet.From(file, [.. _parameters.Parameters.Where(p => !p.IsClassifier)])
            .Values.Zip(_parameters.Values).ToList().ForEach(pair => pair.First.CopyTo(pair.Second, 0));
        var model = ConvNeXtTraining.Build(ConvNeXtVariant.Of(file), Side, batch: 2, Labels, new FrozenStages(file, stages));
        var parameters = ParameterSet.From(file, model.Parameters);
        _parameters.Of(SoftmaxLoss.Weight).CopyTo(parameters.Of(SoftmaxLoss.Weight), 0);
        _parameters.Of(SoftmaxLoss.Bias).CopyTo(parameters.Of(SoftmaxLoss.Bias), 0);
        using var engine = new GradientEngine(model, parameters, Sessions, threads: 2);
        for (var n = 0; n < Pictures; n++)
        {
            _engine.Picture(n).CopyTo(engine.Picture(n));
            _engine.Target(n).CopyTo(engine.Target(n));
        }
        var gradient = parameters.Zeros();

        engine.Run(gradient, default).ShouldBe(_engine.Run(_gradient, default), 1e-5f);

        gradient.Parameters.ShouldNotContain(p => p.Name.StartsWith("stem", StringComparison.Ordinal));
        gradient.Parameters.ShouldContain(p => p.Name == FormattableString.Invariant($"stages.{stages}.downsample.0.weight"));
        foreach (var (values, parameter) in gradient.Values.Zip(gradient.Parameters))
        {
            var (expected, largest) = (_gradient.Of(parameter.Name), _gradient.Of(parameter.Name).Max(Math.Abs));
            values.Zip(expected, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-4f * largest, parameter.Name);
        }
    }

    private double Loss(Half[] embedding, ReadOnlySpan<float> target)
    {
        var (weight, bias) = (_parameters.Of(SoftmaxLoss.Weight), _parameters.Of(SoftmaxLoss.Bias));
        var logits = new double[Labels];
        for (var k = 0; k < Labels; k++)
            logits[k] = bias[k] + (Math.Sqrt(embedding.Length) * embedding.Select((e, d) => (double)e * weight[(k * embedding.Length) + d]).Sum());
        var sum = Math.Log(logits.Sum(Math.Exp));
        var loss = 0.0;
        for (var k = 0; k < Labels; k++)
            loss += target[k] * (sum - logits[k]);
        return loss;
    }

    /// <summary>The central difference of the loss along a direction.</summary>
    private double Slope(string name, double[] direction)
    {
        const double Step = 0.01;
        var values = _parameters.Of(name);
        var before = (float[])values.Clone();
        double At(double distance)
        {
            for (var i = 0; i < values.Length; i++)
                values[i] = (float)(before[i] + (distance * direction[i]));
            var loss = _engine.Run(_parameters.Zeros(), default);
            before.CopyTo(values, 0);
            return loss;
        }
        return (At(Step) - At(-Step)) / (2 * Step);
    }
}
