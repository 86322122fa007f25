using ThanoSql.Vision.Heads;

namespace ThanoSql.Tests.Unit.Vision.Heads;

public sealed class HeadTrainerTests
{
    private static readonly HeadTrainingOptions Fixed = new() { L2 = 1, Tolerance = 1e-6 };

    [Fact]
    public void Separate_clusters_are_learnt()
    {
        var all = Clusters.Make(900, 20, 5);
        var result = HeadTrainer.Train(Part(all, 0, 600));
        result.Converged.ShouldBeTrue();
        Judge(result.Head, Part(all, 600, 300)).Accuracy.ShouldBeGreaterThan(0.95);
        result.Trials.ShouldContain(t => t.L2 == result.L2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_optimum_has_no_gradient(bool standardize)
    {
        // At the optimum of the sum of losses + L2/2 |W|² the bias gradient is zero and W = -1/L2 * data gradient (in scaled units).
        var data = Clusters.Make(400, 10, 4, spread: 3);
        var head = HeadTrainer.Train(data, Fixed with { Standardize = standardize, WithinLabelScatter = false }).Head;
        var probabilities = new float[400 * 4];
        head.ScoreBatch(data.Embeddings, probabilities);
        for (var k = 0; k < 4; k++)
            Enumerable.Range(0, 400).Sum(r => Residual(data, head, probabilities, r, k)).ShouldBe(0, 0.02);
        for (var d = 0; d < 10; d++)
        {
            var values = Enumerable.Range(0, 400).Select(r => (double)data.Embeddings.Span[(r * 10) + d]).ToArray();
            var scale = standardize ? Math.Sqrt(values.Average(v => v * v) - Math.Pow(values.Average(), 2)) : 1;
            var gradient = Enumerable.Range(0, 400).Sum(r => Residual(data, head, probabilities, r, 2) * values[r]) / scale;
            (head.Weights.Span[20 + d] * scale).ShouldBe(-gradient, 0.02);
        }
    }

    [Fact]
    public void The_number_of_threads_does_not_change_a_bit()
    {
        var data = Clusters.Make(2000, 33, 6, spread: 2);
        var one = HeadTrainer.Train(data, Fixed with { Threads = 1 }).Head;
        HeadTrainer.Train(data, Fixed with { Threads = 3 }).Head.ToBytes().ShouldBe(one.ToBytes());
    }

    [Fact]
    public void The_same_seed_chooses_the_same_strength()
    {
        var data = Clusters.Make(200, 16, 3, spread: 4);
        var first = HeadTrainer.Train(data, new() { Seed = 7 });
        HeadTrainer.Train(data, new() { Seed = 7 }).Trials.ShouldBe(first.Trials);
    }

    [Fact]
    public void Preconditioned_and_plain_fits_meet_at_the_same_loss()
    {
        // 4 rows per dimension is the border between the two.
        var few = Clusters.Make(159, 40, 3, spread: 6);
        var many = Clusters.Make(400, 40, 3, spread: 6);
        foreach (var data in (TrainingSet[])[few, many])
        {
            var tight = HeadTrainer.Train(data, Fixed with { Tolerance = 1e-7, MaxIterations = 1000 });
            HeadTrainer.Train(data, Fixed with { Tolerance = 1e-4 }).Loss.ShouldBe(tight.Loss, 1e-4);
        }
    }

    [Fact]
    public void A_warm_start_at_the_optimum_needs_no_iterations()
    {
        var data = Clusters.Make(500, 12, 3, spread: 2);
        var head = HeadTrainer.Train(data, Fixed).Head;
        HeadTrainer.Train(data, Fixed with { WarmStart = head, Tolerance = 1e-4 }).Iterations.ShouldBe(0);
    }

    [Fact]
    public void A_warm_start_may_lack_labels()
    {
        var data = Clusters.Make(600, 12, 4);
        var fewer = Clusters.Make(600, 12, 3);
        var start = HeadTrainer.Train(fewer, Fixed).Head;
        var result = HeadTrainer.Train(data, Fixed with { WarmStart = start });
        result.Head.Labels.Count.ShouldBe(4);
        Judge(result.Head, data).Accuracy.ShouldBeGreaterThan(0.95);
    }

    [Fact]
    public void Balanced_labels_raise_the_recall_of_the_rare_one()
    {
        var all = Clusters.Make(2000, 3, 2, spread: 1.5);
        var rare = Enumerable.Range(0, 2000).Where(r => r % 2 == 0 || r < 60).ToArray();
        var data = new TrainingSet(rare.SelectMany(r => all.Embeddings.Slice(r * 3, 3).ToArray()).ToArray(), 3, [.. rare.Select(r => all.Labels[r])]);
        double Recall(bool balance) =>
            Judge(HeadTrainer.Train(data, Fixed with { BalanceLabels = balance }).Head, all).Labels.Single(l => l.Label == "label 1").Recall;
        Recall(true).ShouldBeGreaterThan(Recall(false));
    }

    [Fact]
    public void A_value_that_is_not_finite_is_refused_with_its_row()
    {
        var data = Clusters.Make(50, 8, 2);
        var values = data.Embeddings.ToArray();
        values[(37 * 8) + 5] = Half.NaN;
        Should.Throw<InvalidDataException>(() => HeadTrainer.Train(data with { Embeddings = values })).Message.ShouldContain("Row 37");
        values[(37 * 8) + 5] = Half.PositiveInfinity;
        Should.Throw<InvalidDataException>(() => HeadTrainer.Train(data with { Embeddings = values })).Message.ShouldContain("Row 37");
    }

    [Fact]
    public void One_label_alone_is_refused() =>
        Should.Throw<InvalidDataException>(() => HeadTrainer.Train(Clusters.Make(50, 8, 1))).Message.ShouldContain("'label 0'");

    [Fact]
    public void No_rows_are_refused() =>
        Should.Throw<InvalidDataException>(() => HeadTrainer.Train(new(ReadOnlyMemory<Half>.Empty, 8, [])));

    [Fact]
    public void A_label_with_one_row_is_trained_and_reported()
    {
        var data = Clusters.Make(101, 8, 2);
        string[] labels = [.. data.Labels.Take(100), "only one"];
        var result = HeadTrainer.Train(data with { Labels = labels });
        result.SingleRowLabels.ShouldBe(["only one"]);
        result.Head.Labels.ShouldContain("only one");
    }

    [Fact]
    public void Two_rows_of_two_labels_are_enough()
    {
        var result = HeadTrainer.Train(new(new[] { (Half)1, (Half)0, (Half)0, (Half)1 }, 2, ["a", "b"]));
        result.Head.TopK([(Half)1, (Half)0], 1)[0].Label.ShouldBe("a");
        result.SingleRowLabels.ShouldBe(["a", "b"]);
    }

    [Fact]
    public void Cancellation_stops_a_fit()
    {
        using var source = new CancellationTokenSource();
        var progress = new Callback<HeadTrainingProgress>(_ => source.Cancel());
        Should.Throw<OperationCanceledException>(() => HeadTrainer.Train(Clusters.Make(500, 16, 3, spread: 5), Fixed, progress, source.Token));
    }

    private static double Residual(TrainingSet data, Head head, float[] probabilities, int row, int k) =>
        probabilities[(row * head.Labels.Count) + k] - (data.Labels[row] == head.Labels[k] ? 1 : 0);

    private static TrainingSet Part(TrainingSet data, int first, int rows) =>
        new(data.Embeddings.Slice(first * data.Dimensions, rows * data.Dimensions), data.Dimensions, [.. data.Labels.Skip(first).Take(rows)]);

    private static Evaluation Judge(Head head, TrainingSet data)
    {
        var probabilities = new float[data.Rows * head.Labels.Count];
        head.ScoreBatch(data.Embeddings, probabilities);
        return Evaluation.Of(head, probabilities, data.Labels);
    }

    /// <summary>Calls back on the reporting thread, unlike <see cref="Progress{T}"/>.</summary>
    private sealed class Callback<T>(Action<T> action) : IProgress<T>
    {
        public void Report(T value) => action(value);
    }
}
