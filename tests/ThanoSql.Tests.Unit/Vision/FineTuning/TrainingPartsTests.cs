using ThanoSql.Vision.FineTuning;
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
}
