using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using ThanoSql.Vision.Imaging;
using ThanoSql.Vision.Inference;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Tests.Unit.Vision.Trunks;

public class ConvNeXtGraphTests
{
    [Theory]
    [InlineData("conv")]
    [InlineData("linear")]
    public void The_graph_agrees_with_torch(string layout)
    {
        var weights = SafeTensors.Open(Fixture($"{layout}.safetensors"));
        var expected = Floats($"{layout}.embedding.f32").Chunk(32).SelectMany(UnitLength).ToArray();
        var actual = Run(ConvNeXtGraph.Build(weights, ConvNeXtVariant.Of(weights), new Preprocessing(64)), Floats("input.f32"), 2);
        double largest = expected.Max(Math.Abs);
        for (int i = 0; i < expected.Length; i++)
            (Math.Abs(actual[i] - expected[i]) / largest).ShouldBeLessThan(1e-4);
    }

    [Fact]
    public void A_missing_tensor_is_named()
    {
        var atto = SafeTensors.Parse(RandomTrunk.Create(TestTrunk.Variant, 1), "trunk.safetensors");
        var deeper = new ConvNeXtVariant("deeper", [1, 3, 1, 1], TestTrunk.Variant.Widths);
        Should.Throw<TrunkException>(() => ConvNeXtGraph.Build(atto, deeper, new Preprocessing(64))).Message.ShouldContain("stages.1.blocks.2");
    }

    private static float[] Run(byte[] model, float[] images, int count)
    {
        using var session = new InferenceSessionFactory(new VisionOptions { Provider = VisionProvider.Cpu }).CreateOnCpu(model);
        using var input = OrtValue.CreateTensorValueFromMemory(images, [count, 3, 64, 64]);
        using var options = new RunOptions();
        using var outputs = session.Run(options, ["image"], [input], ["embedding"]);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private static IEnumerable<double> UnitLength(float[] embedding)
    {
        double length = Math.Sqrt(embedding.Sum(v => (double)v * v));
        return embedding.Select(v => v / length);
    }

    private static float[] Floats(string name) => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Fixture(name))).ToArray();

    private static string Fixture(string name) => Repository.PathTo("tests", "fixtures", "convnext-reference", name);
}
