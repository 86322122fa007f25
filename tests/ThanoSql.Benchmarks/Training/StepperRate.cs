using System.Diagnostics;
using ThanoSql.Vision.FineTuning;
using ThanoSql.Vision.FineTuning.Graph;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Benchmarks.Training;

/// <summary>Whole steps of a fine-tuning (forward, backward, clipping, AdamW), again and again on the same pictures of noise.</summary>
internal static class StepperRate
{
    /// <summary>Random weights.</summary>
    public static FineTuneState State(ConvNeXtVariant variant, TrainingModel model) =>
        FineTuneState.New(ParameterSet.From(SafeTensors.Parse(RandomTrunk.Create(variant, seed: 1), "random"), model.Parameters));

    /// <summary>Images per wall second and per CPU second.</summary>
    public static double[] Measure(IStepper stepper, FineTuneOptions options, int labels, double seconds, CancellationToken cancellationToken)
    {
        var random = new Random(1);
        for (var i = 0; i < options.BatchSize; i++)
        {
            foreach (ref var value in stepper.Picture(i))
                value = random.NextSingle() - 0.5f;
            stepper.Target(i).Clear();
            stepper.Target(i)[i % labels] = 1f / options.BatchSize;
        }
        var step = 0;
        void Step() => stepper.Step(StepRates.Of(++step, rate: 1e-4, options), cancellationToken);
        Step();
        Step();
        var images = 0;
        var (start, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        for (; Stopwatch.GetElapsedTime(start).TotalSeconds < seconds; images += options.BatchSize)
            Step();
        return [images / Stopwatch.GetElapsedTime(start).TotalSeconds, images / (Environment.CpuUsage.TotalTime - cpu).TotalSeconds];
    }
}
