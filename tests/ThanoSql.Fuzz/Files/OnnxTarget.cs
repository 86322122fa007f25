using ThanoSql.Tests.Fixtures;
using ThanoSql.Vision.Classifiers;
using ThanoSql.Vision.Models;

namespace ThanoSql.Fuzz.Files;

/// <summary>What reads an uploaded model, up to where something of it would run.</summary>
internal sealed class OnnxTarget : FileTarget
{
    public override bool IsDocumented(Exception exception) => exception is ModelFileException;

    protected override IReadOnlyList<byte[]> Seeds() =>
    [
        new TestClassifier { Labels = 2 }.ToBytes(),
        new TestClassifier { Labels = 2, ChannelsLast = true, Probabilities = true }.ToBytes(),
        new TestClassifier { Labels = 3, AnySize = true, Metadata = new Dictionary<string, string> { ["labels"] = "[\"a\",\"b\",\"c\"]" } }.ToBytes(),
        TestClassifier.OfColours(),
        TestClassifier.OfColours(channelsLast: true, 1, 2, 3),
    ];

    protected override void Read(byte[] file)
    {
        var network = ClassifierImport.Read(file, "fuzzed.onnx").Fit(new ImportOptions { InputSize = 32 });
        _ = network.Graph.WithScores();
    }
}
