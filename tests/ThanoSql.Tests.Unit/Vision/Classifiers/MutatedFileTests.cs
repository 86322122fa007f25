using ThanoSql.Tests.Fixtures;
using ThanoSql.Vision.Classifiers;
using ThanoSql.Vision.Classifiers.Shapes;
using ThanoSql.Vision.Models;

namespace ThanoSql.Tests.Unit.Vision.Classifiers;

public sealed class MutatedFileTests
{
    private const int Files = 5_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Whatever_bytes_are_changed_a_file_is_taken_or_refused_with_words(int seed)
    {
        var random = new Random(seed);
        var whole = new TestClassifier
        {
            Probabilities = seed == 2,
            ChannelsLast = seed == 2,
            Metadata = new Dictionary<string, string> { ["thanosql.trunk"] = "atto", ["labels"] = "['a', 'b', 'c', 'd']" },
        }.ToBytes();
        // Where the structure is, not among the weights
        var structure = Enumerable.Range(0, whole.Length).Where(i => whole[i] < 0x60 && i % 4 != 3 || i > whole.Length - 600).ToArray();
        var refused = 0;
        for (var n = 0; n < Files; n++)
        {
            var file = (byte[])whole.Clone();
            for (var changes = random.Next(1, 6); changes > 0; changes--)
                file[structure[random.Next(structure.Length)]] = (byte)random.Next(256);
            try
            {
                Read(random.Next(10) == 0 ? file[..random.Next(file.Length)] : file);
            }
            catch (ModelFileException e)
            {
                e.Message.Length.ShouldBeInRange(10, 3000);
                refused++;
            }
        }
        refused.ShouldBeInRange(Files / 20, Files);
    }

    private static void Read(byte[] file)
    {
        var model = ImportedFile.Parse(file, "'x.onnx'");
        ImportedShapes.Check(model.Graph, ImportedInput.Of(model.Graph, null, "'x.onnx'"), "'x.onnx'");
        ClassifierImport.Read(file, "'x.onnx'").Published()?.Head(320);
    }
}
