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
    public void A_whole_crop_of_the_inputs_size_keeps_its_pixels()
    {
        byte[] crop = [.. Enumerable.Range(0, 3 * 8 * 8).Select(i => (byte)(i * 7))];
        var input = new float[crop.Length];
        Augmentation.Whole(crop, 8, input, 8);
        LabelledCrops.FromTensor(input).ShouldBe(crop);
        input[0].ShouldBe(-Preprocessing.Mean[0] / Preprocessing.StandardDeviation[0], 1e-6f);
    }

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
        new AdamW(Parameters(0), Parameters(0)).Update(parameters, gradient, Rates(weightDecay: 0.5));

        parameters.Of(SoftmaxLoss.Weight).ShouldAllBe(v => Math.Abs(v - 0.95f) < 1e-6f);
        parameters.Of(SoftmaxLoss.Bias).ShouldAllBe(v => v == 1);
    }

    [Fact]
    public void The_first_step_of_AdamW_goes_by_the_learning_rate_whatever_the_gradients_length()
    {
        var (parameters, gradient) = (Parameters(1), Parameters(1000));
        new AdamW(Parameters(0), Parameters(0)).Update(parameters, gradient, Rates(weightDecay: 0));

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
