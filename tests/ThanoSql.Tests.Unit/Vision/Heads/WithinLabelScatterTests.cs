using ThanoSql.Vision.Heads;

namespace ThanoSql.Tests.Unit.Vision.Heads;

public sealed class WithinLabelScatterTests
{
    // Two labels a step apart in the first dimension; within a label only the second one varies.
    private static readonly Half[] Rows = [.. new[] { 0, -1, 0, 1, 2, -3, 2, 3 }.Select(v => (Half)v)];
    private static readonly int[] Labels = [0, 0, 1, 1];

    [Fact]
    public void The_metric_is_half_the_identity_and_half_how_rows_of_one_label_differ()
    {
        var metric = WithinLabelScatter.Metric(new FeatureMatrix(Rows, 2, standardize: false), [0, 1, 2, 3], Labels, default)!;
        metric.ShouldBe([0.5, 0, 0, 1.5], 1e-6);
    }

    [Fact]
    public void It_is_taken_of_scaled_features()
    {
        Half[] wider = [.. Rows.Select((v, i) => i % 2 == 0 ? v : (Half)((float)v * 100))];
        var metric = WithinLabelScatter.Metric(new FeatureMatrix(wider, 2, standardize: true), [0, 1, 2, 3], Labels, default)!;
        metric.ShouldBe([0.5, 0, 0, 1.5], 1e-3);
    }

    [Fact]
    public void Rows_that_tell_nothing_of_differences_leave_the_identity()
    {
        var features = new FeatureMatrix(Rows, 2, standardize: false);
        WithinLabelScatter.Metric(features, [0, 2], Labels, default).ShouldBeNull();
        WithinLabelScatter.Metric(new FeatureMatrix(new Half[8], 2, standardize: false), [0, 1, 2, 3], Labels, default).ShouldBeNull();
    }

    [Fact]
    public void Labels_with_few_rows_are_told_apart_better_with_it()
    {
        double Right(bool scatter) => Enumerable.Range(1, 5).Average(seed =>
        {
            var (train, test) = Photographed(seed);
            var head = HeadTrainer.Train(train, new() { L2 = 10, WithinLabelScatter = scatter }).Head;
            return head.TopKBatch(test.Embeddings, 1).Zip(test.Labels).Average(pair => pair.First[0].Label == pair.Second ? 1.0 : 0);
        });
        Right(true).ShouldBeGreaterThan(Right(false) + 0.05);
    }

    /// <summary>Things seen under a light that differs far more from picture to picture than they do from each other.</summary>
    private static (TrainingSet Train, TrainingSet Test) Photographed(int seed)
    {
        const int Things = 20, Dimensions = 16, Lights = 4;
        var random = new Random(seed);
        var things = Enumerable.Range(0, Things).Select(_ => Vector(1)).ToArray();
        var lights = Enumerable.Range(0, Lights).Select(_ => Vector(3)).ToArray();
        return (Photographs(4), Photographs(20));

        double[] Vector(double scale) => [.. Enumerable.Range(0, Dimensions).Select(_ => scale * (random.NextDouble() - 0.5))];
        TrainingSet Photographs(int each)
        {
            var rows = Enumerable.Range(0, Things * each).Select(i =>
            {
                var (light, noise) = (Enumerable.Range(0, Lights).Select(_ => random.NextDouble() - 0.5).ToArray(), Vector(0.3));
                return Enumerable.Range(0, Dimensions)
                    .Select(d => (Half)(things[i % Things][d] + noise[d] + light.Select((w, l) => w * lights[l][d]).Sum()));
            });
            return new(rows.SelectMany(r => r).ToArray(), Dimensions, [.. Enumerable.Range(0, Things * each).Select(i => $"thing {i % Things}")]);
        }
    }
}
