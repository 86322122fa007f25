using Google.Protobuf;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Vision.Classifiers;
using ThanoSql.Vision.Inference;
using ThanoSql.Vision.Models;
using ThanoSql.Vision.Onnx.Schema;
using DataType = ThanoSql.Vision.Onnx.Schema.TensorProto.Types.DataType;

namespace ThanoSql.Tests.Unit.Vision.Classifiers;

/// <summary>What is no classifier of pictures is refused with what to do.</summary>
public sealed class UnusableClassifierTests
{
    private static readonly string[] Labels = ["a", "b", "c", "d"];
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static readonly InferenceSessionFactory Sessions = new(new VisionOptions { Provider = VisionProvider.Cpu });

    [Theory]
    [InlineData(new byte[] { (byte)'P', (byte)'K', 3, 4, 0 }, "torch.onnx.export")]
    [InlineData(new byte[] { 0x80, 2, 0x8A, 0x0A }, "torch.onnx.export")]
    [InlineData(new byte[] { 0x89, (byte)'H', (byte)'D', (byte)'F', 13, 10 }, "tf2onnx")]
    [InlineData(new byte[] { 28, 0, 0, 0, (byte)'T', (byte)'F', (byte)'L', (byte)'3', 0 }, "--tflite")]
    [InlineData(new byte[] { }, "empty")]
    [InlineData(new byte[] { (byte)'d', (byte)'e', (byte)'a', (byte)'r' }, "no ONNX file")]
    public void Files_of_other_kinds_are_named(byte[] file, string says) => Says(file, new ImportOptions(), says);

    [Fact]
    public void A_damaged_file_is_refused()
    {
        var file = new TestClassifier().ToBytes();
        Says(file[..(file.Length / 2)], new ImportOptions { Labels = Labels }, "no ONNX file, or damaged");
    }

    [Fact]
    public void Labels_must_be_there_fit_the_outputs_and_differ()
    {
        var file = new TestClassifier().ToBytes();
        Says(file, new ImportOptions(), "4 outputs and does not name their labels");
        Says(file, new ImportOptions { Labels = ["a", "b"] }, "4 outputs, and 2 labels are given");
        Says(file, new ImportOptions { Labels = ["a", "b", "c", "b"] }, "'b' comes twice");
        Says(file, new ImportOptions { Labels = ["a", "b", " ", "c"] }, "one is empty");
        Says(
            new TestClassifier { Metadata = new Dictionary<string, string> { ["names"] = "{0: 'a'}" } }.ToBytes(), new ImportOptions(),
            "1 labels are in its metadata ('names')");
    }

    [Fact]
    public void The_input_must_be_one_square_picture_of_known_size()
    {
        Says(new TestClassifier { AnySize = true }, new ImportOptions { Labels = Labels }, "OPTIONS (input_size=224)");
        Says(new TestClassifier(), new ImportOptions { Labels = Labels, InputSize = 64 }, "input_size=64 cannot be");
        Says(new TestClassifier { Side = 1040 }, new ImportOptions { Labels = Labels }, "8 to 1024 are supported");
        Says(new TestClassifier { Batch = 8 }, new ImportOptions { Labels = Labels }, "8 pictures at once");
        Says(new TestClassifier { Channels = 5 }, new ImportOptions { Labels = Labels }, "takes no pictures");
        Says(Changed(m => m.Graph.Input[0].Type.TensorType.Shape.Dim[2].DimValue = 48), new ImportOptions { Labels = Labels }, "only square ones");
        Says(Changed(m => m.Graph.Input[0].Type.TensorType.Shape.Dim.RemoveAt(3)), new ImportOptions { Labels = Labels }, "Float [?, 3, 32]");
        Says(
            Changed(m => m.Graph.Input[0].Type.TensorType.ElemType = (int)DataType.Int64), new ImportOptions { Labels = Labels },
            "Int64 [?, 3, 32, 32]");
        Says(Changed(m => m.Graph.Input.Add(m.Graph.Input[0].Clone())), new ImportOptions { Labels = Labels }, "2 inputs");
        Says(Changed(m =>
        {
            foreach (var d in m.Graph.Input[0].Type.TensorType.Shape.Dim)
                d.DimParam = "any";
        }), new ImportOptions { Labels = Labels }, "where its input 'image' [?, ?, ?, ?] has its channels");
    }

    [Fact]
    public void Options_must_fit_the_network()
    {
        Says(new TestClassifier(), new ImportOptions { Labels = Labels, Mean = [0.5, 0.5] }, "mean has 2 values");
        Says(new TestClassifier { Channels = 1 }, new ImportOptions { Labels = Labels, StandardDeviation = [1, 1, 1] }, "std has 3 values");
        Says(new TestClassifier(), new ImportOptions { Labels = Labels, ResizeSize = 100 }, "from 32 to 64");
        Says(new TestClassifier(), new ImportOptions { Labels = Labels, Output = "other" }, "no output 'other'; it has 'scores'");
        Says(new TestClassifier(), new ImportOptions { Labels = Labels, Scores = ScoreKind.Probabilities }, "scores='logits'");
    }

    [Fact]
    public void Of_several_outputs_one_is_chosen()
    {
        var two = Changed(m => m.Graph.Output.Insert(0, new ValueInfoProto { Name = "pooled", Type = m.Graph.Output[0].Type.Clone() }));
        two = Changed(two, m => m.Graph.Output[0].Type.TensorType.Shape = null);
        Says(two, new ImportOptions { Labels = Labels }, "2 outputs: 'pooled', 'scores'");
        ClassifierImport.Read(two, "'x'").Convert(new ImportOptions { Labels = Labels, Output = "scores" }, Sessions, Cancellation)
            .Labels.ShouldBe(Labels);
        Says(two, new ImportOptions { Labels = Labels, Output = "pooled" }, "8 outputs, and 4 labels");
    }

    [Fact]
    public void The_output_must_be_one_finite_score_a_label()
    {
        Says(new TestClassifier { Labels = 1 }, new ImportOptions { Labels = ["a"] }, "2 outputs, and 1 labels are given");
        Says(
            Changed(m => m.Graph.Output[0] = new ValueInfoProto { Name = "second", Type = new TypeProto { TensorType = new() { ElemType = 1 } } }),
            new ImportOptions { Labels = Labels }, "for one picture, and one score a label");
        Says(
            Changed(
                m => m.Graph.Initializer.Single(i => i.Name == "head.bias").RawData = ByteString.CopyFrom(
                    BitConverter.GetBytes(float.NaN).Concat(new byte[12]).ToArray())),
            new ImportOptions { Labels = Labels }, "not finite");
    }

    [Fact]
    public void Scores_that_may_be_either_are_asked_for()
    {
        var sigmoid = Changed(m =>
        {
            m.Graph.Node.Add(new NodeProto { OpType = "Sigmoid", Input = { "scores" }, Output = { "each" } });
            m.Graph.Output[0].Name = "each";
        });
        Says(sigmoid, new ImportOptions { Labels = Labels }, "scores='probabilities'");
        ClassifierImport.Read(sigmoid, "'x'")
            .Convert(new ImportOptions { Labels = Labels, Scores = ScoreKind.Probabilities }, Sessions, Cancellation)
            .Description.ShouldEndWith("its scores are probabilities.");
    }

    [Fact]
    public void Operator_sets_must_be_known()
    {
        Says(new TestClassifier { OperatorSet = 99 }, new ImportOptions { Labels = Labels }, "newer ONNX than is known here");
        Says(Changed(m => m.IrVersion = 99), new ImportOptions { Labels = Labels }, "newer ONNX than is known here");
        Says(new TestClassifier { OperatorSet = 7 }, new ImportOptions { Labels = Labels }, "8 is the oldest");
        Says(Changed(m => m.Graph.Node[0].OpType = "Convolve"), new ImportOptions { Labels = Labels }, "an operator that is not taken here");
    }

    private static byte[] Changed(Action<ModelProto> change) => Changed(new TestClassifier().ToBytes(), change);

    private static byte[] Changed(byte[] file, Action<ModelProto> change)
    {
        var model = ModelProto.Parser.ParseFrom(file);
        change(model);
        return model.ToByteArray();
    }

    private static void Says(TestClassifier network, ImportOptions options, string text) => Says(network.ToBytes(), options, text);

    private static void Says(byte[] file, ImportOptions options, string text)
    {
        var error = Should.Throw<ModelFileException>(() => ClassifierImport.Read(file, "'x.onnx'").Convert(options, Sessions, Cancellation));
        error.Message.ShouldContain(text);
    }
}
