using ThanoSql.Vision.FineTuning;
using ThanoSql.Vision.FineTuning.Graph;
using ThanoSql.Vision.Imaging;

namespace ThanoSql.Tests.Unit.Vision.FineTuning;

public sealed class TrainingPartsTests
{
    [Fact]
    public void The_learning_rate_rises_and_falls()
    {
        var schedule = new CosineSchedule(steps: 100, warmUp: 0.1);
        schedule.Factor(1).ShouldBe(0.1, 1e-9);
        schedule.Factor(10).ShouldBe(1, 1e-9);
        schedule.Factor(55).ShouldBe(0.505, 1e-9);
        schedule.Factor(100).ShouldBe(0.01, 1e-9);
    }

    [Fact]
    public void The_centre_of_a_crop_keeps_its_pixels()
    {
        byte[] crop = [.. Enumerable.Range(0, 3 * 11 * 11).Select(i => (byte)(i * 7))];
        crop[12] = 0;
        var input = new float[3 * 8 * 8];
        Augmentation.Centre(crop, 11, input, 8);
        var rows = Enumerable.Range(0, 3 * 8).Select(r => (r / 8 * 11 * 11) + (((r % 8) + 1) * 11) + 1);
        LabelledCrops.FromTensor(input).ShouldBe(rows.SelectMany(start => crop[start..(start + 8)]));
        input[0].ShouldBe(-Preprocessing.Mean[0] / Preprocessing.StandardDeviation[0], 1e-6f);
    }

    [Theory]
    [InlineData(1, 0.333)]
    [InlineData(0.2, 0.714)]
    [InlineData(0.001, 0.998)]
    public void Shares_of_mixing_are_even_on_both_sides_and_the_more_extreme_the_smaller_the_parameter(double alpha, double spread)
    {
        var random = new Random(1);
        double[] shares = [.. Enumerable.Range(0, 4000).Select(_ => Augmentation.MixingShare(alpha, random))];

        shares.ShouldAllBe(s => s >= 0 && s <= 1);
        shares.Average().ShouldBe(0.5, 0.03);
        // The variance of a Beta distribution is 1 / (4 (2 alpha + 1))
        shares.Average(s => 4 * (s - 0.5) * (s - 0.5)).ShouldBe(spread, 0.03);
    }

    [Fact]
    public void Blocks_learn_slower_the_nearer_they_are_to_the_picture()
    {
        GraphParameter[] parameters = [new("stem", [1]), new("block", [1]) { Depth = 1 }, new("norm", [1]) { Depth = 2 }];
        LayerRates.Of(parameters, 0.5).ShouldBe([0.25f, 0.5f, 1f]);
        LayerRates.Of(parameters, 1).ShouldAllBe(f => f == 1);
    }

    [Fact]
    public void An_average_moves_a_share_of_the_way()
    {
        var average = Parameters(1);
        average.Approach(Parameters(5), keep: 0.75f);
        average.Of(SoftmaxLoss.Bias).ShouldAllBe(v => v == 2);
    }

    [Fact]
    public void An_average_forgets_where_training_began()
    {
        var options = new FineTuneOptions { Averaging = 0.99 };
        StepRates.Of(step: 1, rate: 1, options).AverageKeep.ShouldBe(0);
        StepRates.Of(step: 11, rate: 1, options).AverageKeep.ShouldBe(10 / 21f, 1e-6f);
        StepRates.Of(step: 5000, rate: 1, options).AverageKeep.ShouldBe(0.99f, 1e-6f);
    }

    [Theory]
    [InlineData(192, 128)]
    [InlineData(224, 160)]
    [InlineData(128, 96)]
    [InlineData(40, 32)]
    public void A_trunk_learns_at_about_two_thirds_of_the_size_that_is_used(int used, int expected) =>
        new FineTuneOptions { InputSize = used }.EffectiveTrainingSize.ShouldBe(expected);

    [Fact]
    public void A_random_cut_stays_within_the_crops_values()
    {
        var crop = new byte[3 * 16 * 16];
        Array.Fill(crop, (byte)200);
        var input = new float[3 * 8 * 8];
        for (var seed = 0; seed < 50; seed++)
        {
            Augmentation.Random(crop, 16, input, 8, 0.2, new Random(seed));
            LabelledCrops.FromTensor(input).ShouldAllBe(b => b == 200);
        }
    }

    [Fact]
    public void A_random_cut_is_mirrored_every_other_time_and_of_many_sizes()
    {
        // Brighter from left to right, the same in every row
        byte[] crop = [.. Enumerable.Range(0, 3 * 16 * 16).Select(i => (byte)(i % 16 * 10))];
        var input = new float[3 * 8 * 8];
        var (mirrored, widths) = (0, new HashSet<int>());
        for (var seed = 0; seed < 200; seed++)
        {
            Augmentation.Random(crop, 16, input, 8, 0.2, new Random(seed));
            var cut = LabelledCrops.FromTensor(input);
            if (cut[0] > cut[7])
                mirrored++;
            widths.Add(Math.Abs(cut[0] - cut[7]) / 10);
        }

        mirrored.ShouldBeInRange(70, 130);
        widths.Count.ShouldBeGreaterThan(4);
    }

    [Fact]
    public void Weight_decay_shrinks_matrices_by_the_learning_rate_alone_and_leaves_vectors()
    {
        var (parameters, gradient) = (Parameters(1), Parameters(0));
        new AdamW(Parameters(0), Parameters(0), [1, 1]).Update(parameters, gradient, Rates(weightDecay: 0.5));

        parameters.Of(SoftmaxLoss.Weight).ShouldAllBe(v => Math.Abs(v - 0.95f) < 1e-6f);
        parameters.Of(SoftmaxLoss.Bias).ShouldAllBe(v => v == 1);
    }

    [Fact]
    public void A_slower_layer_changes_and_shrinks_less()
    {
        var (parameters, gradient) = (Parameters(1), Parameters(1000));
        new AdamW(Parameters(0), Parameters(0), [0.5f, 0.25f]).Update(parameters, gradient, Rates(weightDecay: 0.5));

        parameters.Of(SoftmaxLoss.Weight).ShouldAllBe(v => Math.Abs(v - 0.925f) < 1e-5f);
        parameters.Of(SoftmaxLoss.Bias).ShouldAllBe(v => Math.Abs(v - 0.975f) < 1e-5f);
    }

    [Fact]
    public void The_first_step_of_AdamW_goes_by_the_learning_rate_whatever_the_gradients_length()
    {
        var (parameters, gradient) = (Parameters(1), Parameters(1000));
        new AdamW(Parameters(0), Parameters(0), [1, 1]).Update(parameters, gradient, Rates(weightDecay: 0));

        parameters.Of(SoftmaxLoss.Bias).ShouldAllBe(v => Math.Abs(v - 0.9f) < 1e-5f);
    }

    // Of the first step
    private static StepRates Rates(double weightDecay) =>
        StepRates.Of(step: 1, rate: 0.1, new FineTuneOptions { WeightDecay = weightDecay, ClassifierRate = 1 });

    // A classifier alone: more than a matrix and a vector nobody needs here
    private static ParameterSet Parameters(float value)
    {
        var set = ParameterSet.From(null!, [new(SoftmaxLoss.Weight, [4, 9]), new(SoftmaxLoss.Bias, [9])]);
        foreach (var values in set.Values)
            Array.Fill(values, value);
        return set;
    }
}
