using System.Runtime.InteropServices;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Tests.Unit.Vision.Trunks;
using ThanoSql.Vision.Heads;
using ThanoSql.Vision.Imaging;
using ThanoSql.Vision.Inference;
using ThanoSql.Vision.Models;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Tests.Unit.Vision.Models;

public sealed class ModelFileTests : IDisposable
{
    private static readonly string[] Labels = ["과일", "채소", "사과파이", "\"따옴표\" & <기호>"];
    private static readonly VisionOptions Options = new() { Provider = VisionProvider.Cpu };
    private static readonly InferenceSessionFactory Sessions = new(Options);
    private static readonly Preprocessing Preprocessing = new(64);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("thanosql-model-");

    private string ModelPath => Path.Combine(_folder.FullName, "model.onnx");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void The_file_answers_as_embedding_and_head_do()
    {
        var (weights, head) = WriteModel(TestTrunk.Weights());
        using var embedder = new Embedder(new ConvNeXtTrunk(weights), Preprocessing, Sessions, Options);
        using var model = ModelFile.Read(ModelPath, Sessions);
        for (int seed = 0; seed < 5; seed++)
        {
            var pixels = ImageDecoder.Decode(TestPictures.NoisePng(seed: seed), Preprocessing);
            var expected = new float[Labels.Length];
            head.Score(embedder.Embed(pixels), expected);
            foreach (var (one, other) in model.Predict(pixels).Zip(expected))
                one.ShouldBe(other, 1e-5f);
        }
    }

    [Fact]
    public void Metadata_read_back_as_written()
    {
        var (weights, head) = WriteModel(TestTrunk.Weights());
        using var model = ModelFile.Read(ModelPath, Sessions);
        var expected = Describe(weights, head);
        model.Metadata.Labels.ShouldBe(Labels);
        model.Metadata.Thresholds.ShouldBe(expected.Thresholds);
        (model.Metadata with { Labels = expected.Labels, Thresholds = expected.Thresholds }).ShouldBe(expected);
    }

    [Fact]
    public void A_truncated_file_is_refused()
    {
        WriteModel(TestTrunk.Weights());
        var bytes = File.ReadAllBytes(ModelPath);
        File.WriteAllBytes(ModelPath, bytes[..(bytes.Length * 3 / 4)]);
        Should.Throw<ModelFileException>(() => ModelFile.Read(ModelPath, Sessions)).Message.ShouldContain(ModelPath);
    }

    [Fact]
    public void A_trunk_with_values_that_are_no_numbers_makes_no_file()
    {
        var trunk = RandomTrunk.Create(TestTrunk.Variant, seed: 5);
        trunk.AsSpan(trunk.Length - 32).Fill(0x7F); // float16 0x7F7F is no number
        Should.Throw<TrunkException>(() => WriteModel(SafeTensors.Parse(trunk, "damaged trunk"))).Message.ShouldContain("damaged trunk");
        File.Exists(ModelPath).ShouldBeFalse();
    }

    [Fact]
    public void An_onnx_file_of_another_kind_is_refused()
    {
        File.WriteAllBytes(ModelPath, ConvNeXtGraph.Build(TestTrunk.Weights(), TestTrunk.Variant, Preprocessing));
        Should.Throw<ModelFileException>(() => ModelFile.Read(ModelPath, Sessions)).Message.ShouldContain("no model of ThanoSQL");
    }

    [Fact]
    public void A_head_of_another_trunk_is_refused()
    {
        var weights = TestTrunk.Weights();
        var head = RandomHead(16);
        var metadata = Describe(TestTrunk.Weights(seed: 6), head);
        Should.Throw<ArgumentException>(() => ModelFile.Write(ModelPath, metadata, new ConvNeXtTrunk(weights), head));
        File.Exists(ModelPath).ShouldBeFalse();
    }

    [Fact]
    public void Writing_leaves_no_other_file_behind()
    {
        WriteModel(TestTrunk.Weights());
        WriteModel(TestTrunk.Weights());
        _folder.GetFiles().Select(f => f.Name).ShouldBe(["model.onnx"]);
    }

    [Theory]
    [InlineData("node")]
    [InlineData("web")]
    public async Task Other_onnx_clients_give_the_same_answers(string client)
    {
        WriteModel(SafeTensors.Parse(RandomTrunk.Create(ConvNeXtVariant.Atto, 1), "atto"));
        using var model = ModelFile.Read(ModelPath, Sessions);
        var pixels = ImageDecoder.Decode(TestPictures.NoiseJpeg(), Preprocessing);
        var pixelsPath = Path.Combine(_folder.FullName, "pixels.f32");
        File.WriteAllBytes(pixelsPath, MemoryMarshal.AsBytes<float>(pixels).ToArray());
        var expected = model.Predict(pixels);
        var answer = await NodeClient.PredictAsync(client, ModelPath, pixelsPath, TestContext.Current.CancellationToken);
        answer.Labels.ShouldBe(Labels);
        foreach (var (one, other) in answer.Probabilities.Zip(expected))
            one.ShouldBe(other, 1e-3f);
        Array.IndexOf(answer.Probabilities, answer.Probabilities.Max()).ShouldBe(Array.IndexOf(expected, expected.Max()));
    }

    private (SafeTensors Weights, Head Head) WriteModel(SafeTensors weights)
    {
        var head = RandomHead(ConvNeXtVariant.Of(weights).EmbeddingSize);
        ModelFile.Write(ModelPath, Describe(weights, head), new ConvNeXtTrunk(weights), head);
        return (weights, head);
    }

    private static ModelMetadata Describe(SafeTensors weights, Head head) => new(
        "diet_image_classification", 3, head.Labels, head.Thresholds.ToArray(),
        new TrunkIdentity(weights.Sha256, ConvNeXtVariant.Of(weights).Name, Preprocessing), RandomTrunk.Description);

    // Large weights: rounding the embedding to float16 then moves the scores by more than the tests allow.
    private static Head RandomHead(int size)
    {
        var random = new Random(11);
        var weights = Enumerable.Range(0, Labels.Length * size).Select(_ => (float)(8 * (random.NextDouble() - 0.5))).ToArray();
        return new Head(Labels, weights, [0.1f, -0.1f, 0, 0.2f], [0.5f, 0.25f, 0.75f, 0]);
    }
}
