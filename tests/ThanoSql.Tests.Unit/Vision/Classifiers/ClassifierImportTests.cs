using ThanoSql.Tests.Fixtures;
using ThanoSql.Vision.Classifiers;
using ThanoSql.Vision.Imaging;
using ThanoSql.Vision.Inference;
using ThanoSql.Vision.Models;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Tests.Unit.Vision.Classifiers;

/// <summary>An imported classifier gives what ONNX Runtime gives for the very file, with pictures prepared by hand.</summary>
public sealed class ClassifierImportTests : IDisposable
{
    private static readonly string[] Labels = ["사과", "배", "귤", "감"];
    private static readonly VisionOptions Vision = new() { Provider = VisionProvider.Cpu };
    private static readonly InferenceSessionFactory Sessions = new(Vision);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("thanosql-import-");

    public void Dispose() => _folder.Delete(recursive: true);

    public static TheoryData<string, TestClassifier> Networks => new()
    {
        { "logits", new() },
        { "probabilities", new() { Probabilities = true } },
        { "channels last", new() { ChannelsLast = true } },
        { "channels last, probabilities", new() { ChannelsLast = true, Probabilities = true } },
        { "one picture at a time", new() { Batch = 1 } },
        { "older operators", new() { OperatorSet = 9, Probabilities = true } },
        { "newer operators", new() { OperatorSet = 20 } },
        { "luminance", new() { Channels = 1 } },
        { "another size", new() { Side = 75 } },
        { "a small size", new() { Side = 28 } },
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void Its_answers_are_the_networks_own(string name, TestClassifier network)
    {
        name.ShouldNotBeEmpty();
        Check(
            network, new ImportOptions { Labels = Labels }, network.Channels == 1 ? [0, 0, 0] : [0.485f, 0.456f, 0.406f],
            network.Channels == 1 ? [1, 1, 1] : [0.229f, 0.224f, 0.225f], 1);
    }

    [Fact]
    public void Pictures_are_prepared_as_the_options_say()
    {
        var network = new TestClassifier();
        Check(network, new ImportOptions { Labels = Labels, Mean = [0.5], StandardDeviation = [0.25] }, [0.5f, 0.5f, 0.5f], [0.25f, 0.25f, 0.25f], 1);
        Check(
            network, new ImportOptions { Labels = Labels, Mean = [0.1, 0.2, 0.3], StandardDeviation = [1, 2, 3] }, [0.1f, 0.2f, 0.3f], [1, 2, 3], 1);
        Check(network, new ImportOptions { Labels = Labels, PixelRange = 255, StandardDeviation = [100] }, [0, 0, 0], [100, 100, 100], 255);
        Check(network, new ImportOptions { Labels = Labels, ResizeSize = 32, Mean = [0], StandardDeviation = [1] }, [0, 0, 0], [1, 1, 1], 1);
        Check(
            network, new ImportOptions { Labels = Labels, Color = ChannelOrder.Gray, Mean = [0], StandardDeviation = [1] }, [0, 0, 0], [1, 1, 1], 1);
        // In the network's order: blue first
        Check(
            network, new ImportOptions { Labels = Labels, Color = ChannelOrder.Bgr, Mean = [0.1, 0.2, 0.3], StandardDeviation = [1, 2, 3] },
            [0.1f, 0.2f, 0.3f], [1, 2, 3], 1);
        Check(
            new TestClassifier { AnySize = true }, new ImportOptions { Labels = Labels, InputSize = 64 }, [0.485f, 0.456f, 0.406f],
            [0.229f, 0.224f, 0.225f], 1);
        Check(new TestClassifier { Bytes = true, ChannelsLast = true, Side = 48 }, new ImportOptions { Labels = Labels }, [0, 0, 0], [1, 1, 1], 255);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_single_score_is_the_second_of_two_labels(bool sigmoid)
    {
        // Red less blue of the whole picture: above 0 the second label
        var network = Network(graph =>
        {
            var x = graph.Node("means", "GlobalAveragePool", ["image"]);
            x = graph.Node("flat", "Flatten", [x], ThanoSql.Vision.Onnx.GraphBuilder.Attribute("axis", 1L));
            x = graph.Node("scores.out", "Gemm", [x, graph.Weights("w", [8, 0, -8], 3, 1), graph.Weights("b", [-2], 1)]);
            return sigmoid ? graph.Node("scores.each", "Sigmoid", [x]) : x;
        });
        var imported = Import(network, new ImportOptions { Labels = ["blue", "red"], Mean = [0], StandardDeviation = [1] });
        Best(imported, TestPictures.Png(40, 40, (_, _, c) => c == 0 ? 250 : 10)).ShouldBe("red");
        Best(imported, TestPictures.Png(40, 40, (_, _, c) => c == 2 ? 250 : 10)).ShouldBe("blue");
    }

    [Fact]
    public void Two_scores_that_hardly_differ_keep_their_order()
    {
        // Each channel's mean, far from 0 and almost equal: logarithms alone would be the same number in float16
        var network = Network(graph =>
        {
            var x = graph.Node("means", "GlobalAveragePool", ["image"]);
            x = graph.Node("flat", "Flatten", [x], ThanoSql.Vision.Onnx.GraphBuilder.Attribute("axis", 1L));
            return graph.Node("scores.out", "Add", [x, graph.Weights("far", [-9, -9, -9], 1, 3)]);
        });
        var imported = Import(
            network, new ImportOptions { Labels = ["r", "g", "b"], Mean = [0], StandardDeviation = [1], Scores = ScoreKind.Logits });
        foreach (var (red, green, blue, best) in new[] { (101, 100, 100, "r"), (100, 101, 100, "g"), (100, 100, 101, "b") })
            Best(imported, TestPictures.Png(40, 40, (_, _, c) => c switch { 0 => red, 1 => green, _ => blue })).ShouldBe(best);
    }

    [Fact]
    public void A_picture_without_a_finite_answer_is_refused_alone()
    {
        // The root of a negative number for pictures that are much redder than green
        var network = Network(graph =>
        {
            var x = graph.Node("means", "GlobalAveragePool", ["image"]);
            x = graph.Node("flat", "Flatten", [x], ThanoSql.Vision.Onnx.GraphBuilder.Attribute("axis", 1L));
            x = graph.Node("difference", "Gemm", [x, graph.Weights("matrix", [-1, 0, 1, 0, 0, 0], 3, 2), graph.Weights("half", [0.5f, 1], 2)]);
            return graph.Node("roots", "Sqrt", [x]);
        });
        var imported = Import(network, new ImportOptions { Labels = ["a", "b"], Mean = [0], StandardDeviation = [1], Scores = ScoreKind.Logits });
        using var embedder = new Embedder(ClassifierTrunk.Parse(imported.Trunk, "trunk"), imported.Preprocessing, Sessions, Vision);

        var error = Should.Throw<ImageRejectedException>(() => embedder.Embed(TestPictures.Png(40, 40, (_, _, c) => c == 0 ? 255 : 0)));

        error.Code.ShouldBe("no_answer");
        embedder.Embed(TestPictures.Png(40, 40, (_, _, _) => 128)).ShouldAllBe(v => Half.IsFinite(v));
    }

    [Theory]
    [InlineData("labels", """["사과", "배", "귤", "감"]""")]
    [InlineData("names", "{0: '사과', 1: '배', 3: \"감\", 2: '귤'}")]
    [InlineData("id2label", """{"1": "배", "0": "사과", "2": "귤", "3": "감"}""")]
    [InlineData("classes", "['사과', '배', '귤', '감']")]
    [InlineData("labels", "사과, 배, 귤, 감")]
    [InlineData("labels", "사과\n배\n귤\n감\n")]
    public void Labels_are_found_in_the_metadata(string key, string value)
    {
        var network = new TestClassifier { Metadata = new Dictionary<string, string> { [key] = value } };
        Import(network.ToBytes(), new ImportOptions()).Labels.ShouldBe(Labels);
        Import(network.ToBytes(), new ImportOptions { Labels = ["1", "2", "3", "4"] }).Labels.ShouldBe(["1", "2", "3", "4"]);
    }

    [Fact]
    public void A_label_of_Python_may_hold_quotes()
    {
        var network =
            new TestClassifier { Labels = 2, Metadata = new Dictionary<string, string> { ["names"] = """{0: "baker's dozen", 1: 'it\'s "so"'}""" } };
        Import(network.ToBytes(), new ImportOptions()).Labels.ShouldBe(["baker's dozen", "it's \"so\""]);
    }

    [Fact]
    public void The_same_file_and_options_give_the_same_trunk()
    {
        var file = new TestClassifier().ToBytes();
        Import(file, new ImportOptions { Labels = Labels }).Trunk.ShouldBe(Import(file, new ImportOptions { Labels = ["1", "2", "3", "4"] }).Trunk);
        Import(file, new ImportOptions { Labels = Labels, Mean = [0] }).Trunk.ShouldNotBe(Import(file, new ImportOptions { Labels = Labels }).Trunk);
    }

    [Fact]
    public void What_was_published_of_it_can_be_imported_again()
    {
        var imported = Import(new TestClassifier().ToBytes(), new ImportOptions { Labels = Labels });
        var once = Publish(imported, "once");
        var again = Import(File.ReadAllBytes(once), new ImportOptions { Output = ModelFile.OutputName });

        again.Labels.ShouldBe(Labels);
        var pixels = ImageDecoder.Decode(TestPictures.NoiseJpeg(), imported.Preprocessing);
        Close(Predict(Publish(again, "again"), pixels), Predict(once, pixels), 2e-3f);
    }

    // By its published file, and by embedding and head; both against ONNX Runtime on the file itself
    private void Check(TestClassifier kind, ImportOptions options, float[] mean, float[] deviation, int range)
    {
        var preprocessing = Import(kind.ToBytes(), options).Preprocessing;
        var pictures = Pictures().Select(p => ImageDecoder.Decode(p, preprocessing)).ToList();
        var inputs = pictures.Select(p => Prepare(p, preprocessing.InputSize, kind, options.Color == ChannelOrder.Bgr, mean, deviation, range))
            .ToList();
        // Random weights often say the same of all pictures
        var (file, expected) = Enumerable.Range(1, 200).Select(seed => (kind with { Seed = seed }).ToBytes())
            .Select(f => (f, Answers(f, inputs, kind, preprocessing.InputSize))).First(a => a.Item2.Select(Best).Distinct().Count() > 2);

        var imported = Import(file, options);

        using var embedder = new Embedder(ClassifierTrunk.Parse(imported.Trunk, "trunk"), imported.Preprocessing, Sessions, Vision);
        using var published = ModelFile.Read(Publish(imported, "model"), Sessions);
        foreach (var (pixels, probabilities) in pictures.Zip(expected))
        {
            var actual = new float[probabilities.Length];
            imported.Head(new float[probabilities.Length]).Score(embedder.Embed(pixels), actual);
            Close(actual, probabilities, 2e-3f);
            Close(published.Predict(pixels), probabilities, 2e-3f);
            Best(actual).ShouldBe(Best(probabilities));
        }
    }

    private static List<float[]> Answers(byte[] file, List<float[]> inputs, TestClassifier network, long side) => [.. inputs
        .Select(
            values => TestClassifier.Run(file, values, network.ChannelsLast ? [1, side, side, network.Channels] : [1, network.Channels, side, side]))
        .Select(scores => network.Probabilities ? scores : Softmax(scores))];

    private static IEnumerable<byte[]> Pictures()
    {
        yield return TestPictures.GradientPng();
        yield return TestPictures.NoiseJpeg();
        for (var shade = 0; shade < 12; shade++)
        {
            var (red, green, blue) = (shade * 90 % 256, shade * 150 % 256, shade * 200 % 256);
            yield return TestPictures.Png(90, 70, (x, _, c) => Math.Clamp((c switch { 0 => red, 1 => green, _ => blue }) + (x % 8 * shade), 0, 255));
        }
    }

    private static float[] Prepare(float[] pixels, int side, TestClassifier network, bool blueFirst, float[] mean, float[] deviation, int range)
    {
        var values = new float[network.Channels * side * side];
        for (var c = 0; c < network.Channels; c++)
        {
            var from = blueFirst ? 2 - c : c;
            for (var at = 0; at < side * side; at++)
            {
                var level = MathF.Round(255 * (pixels[from * side * side + at] * Preprocessing.StandardDeviation[from] + Preprocessing.Mean[from]));
                values[network.ChannelsLast ? at * network.Channels + c : c * side * side + at] = (level / 255 * range - mean[c]) / deviation[c];
            }
        }
        return values;
    }

    private static ImportedClassifier Import(byte[] file, ImportOptions options) =>
        ClassifierImport.Read(file, "'test.onnx'").Convert(options, Sessions, TestContext.Current.CancellationToken);

    private string Publish(ImportedClassifier imported, string name)
    {
        var path = Path.Combine(_folder.FullName, name + ".onnx");
        var trunk = ClassifierTrunk.Parse(imported.Trunk, "trunk");
        var head = imported.Head(new float[imported.Labels.Count]);
        ModelFile.Write(
            path,
            new ModelMetadata(
                "m", 1, imported.Labels, head.Thresholds.ToArray(), new TrunkIdentity(trunk.Sha256, trunk.Variant, imported.Preprocessing), null),
            trunk, head);
        return path;
    }

    private static float[] Predict(string path, float[] pixels)
    {
        using var model = ModelFile.Read(path, Sessions);
        return model.Predict(pixels);
    }

    private static string Best(ImportedClassifier imported, byte[] picture)
    {
        using var embedder = new Embedder(ClassifierTrunk.Parse(imported.Trunk, "trunk"), imported.Preprocessing, Sessions, Vision);
        return imported.Head(new float[imported.Labels.Count]).TopK(embedder.Embed(picture), 1)[0].Label;
    }

    private static byte[] Network(Func<ThanoSql.Vision.Onnx.GraphBuilder, string> scores)
    {
        var graph = new ThanoSql.Vision.Onnx.GraphBuilder("network");
        graph.Input("image", -1, 3, 32, 32);
        graph.OutputOfAnyShape(scores(graph));
        return Google.Protobuf.MessageExtensions.ToByteArray(graph.ToModel());
    }

    private static int Best(float[] scores) => Array.IndexOf(scores, scores.Max());

    private static float[] Softmax(float[] logits)
    {
        var powers = logits.Select(l => MathF.Exp(l - logits.Max())).ToArray();
        return [.. powers.Select(p => p / powers.Sum())];
    }

    private static void Close(float[] actual, float[] expected, float tolerance)
    {
        foreach (var (one, other) in actual.Zip(expected))
            one.ShouldBe(other, tolerance);
    }
}
