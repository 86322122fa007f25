using ThanoSql.Vision.Heads;

namespace ThanoSql.Tests.Unit.Vision.Heads;

public sealed class ManyLabelsTests
{
    private const int Labels = 2000;
    private const int RowsOfLabel = 2;
    private const int Dimensions = 48;

    [Fact]
    public void Two_thousand_labels_of_200_characters_with_two_rows_each_are_learned_and_kept()
    {
        var random = new Random(7);
        var values = new Half[Labels * RowsOfLabel * Dimensions];
        var labels = new string[Labels * RowsOfLabel];
        for (var label = 0; label < Labels; label++)
        {
            var centre = Enumerable.Range(0, Dimensions).Select(_ => random.NextDouble() - 0.5).ToArray();
            for (var row = label * RowsOfLabel; row < (label + 1) * RowsOfLabel; row++)
            {
                labels[row] = label.ToString("D4", System.Globalization.CultureInfo.InvariantCulture).PadLeft(200, '긴');
                for (var d = 0; d < Dimensions; d++)
                    values[(row * Dimensions) + d] = (Half)(centre[d] + (random.NextDouble() - 0.5) * 0.02);
            }
        }

        var trained = HeadTrainer.Train(
            new TrainingSet(values, Dimensions, labels), new HeadTrainingOptions { L2 = 0.01, MaxIterations = 30 },
            cancellationToken: TestContext.Current.CancellationToken);
        var head = Head.FromBytes(trained.Head.ToBytes());

        head.Labels.Count.ShouldBe(Labels);
        var answers = head.TopKBatch(values, 1, cancellationToken: TestContext.Current.CancellationToken);
        var right = answers.Zip(labels).Count(a => a.First[0].Label == a.Second);
        right.ShouldBeGreaterThan(labels.Length * 95 / 100);
    }
}
