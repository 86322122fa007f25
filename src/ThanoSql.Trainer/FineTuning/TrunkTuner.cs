using ThanoSql.Vision.FineTuning;

namespace ThanoSql.Trainer.FineTuning;

/// <summary><c>fine_tune=True</c>: trains the whole trunk on the labelled images; the result is a trunk of its own.</summary>
internal sealed class TrunkTuner(EmbeddingSpaces spaces, CropReader reader, InferenceSessionFactory sessions, RunFiles files)
{
    private const int DefaultInput = 128;
    private const double DefaultLearningRate = 1e-4;

    /// <summary>Resumes from its checkpoint when the same run was killed before.</summary>
    /// <returns>The new trunk's id.</returns>
    public async Task<int> TuneAsync(BuildPlan plan, TrainingData data, RunSession session)
    {
        var origin = await spaces.OpenAsync(data.TrunkId, session.Stopping);
        var options = OptionsOf(plan, session.Run.RunId);
        var side = (int)Math.Ceiling(options.InputSize * Preprocessing.DefaultResizeRatio);
        using var trainingCrops = new CropFile(files.PathOf(session.Run.RunId, "training.crops"), side);
        using var heldOutCrops = new CropFile(files.PathOf(session.Run.RunId, "held-out.crops"), side);
        var (training, heldOut) = await ReadAsync(plan, data, trainingCrops, heldOutCrops, side, session);
        try
        {
            var input = new FineTuneInput(SafeTensors.Open(origin.WeightsPath), training, heldOut.Count == 0 ? null : heldOut);
            var result = await FineTuner.RunAsync(options, input, sessions, new TuningReport(session), session.Stopping);
            var preprocessing = new Preprocessing(options.InputSize, color: plan.Options.Color);
            return (await spaces.AddAsync(result.Trunk, TrunkOrigin.Tuned, preprocessing, session.Stopping)).TrunkId;
        }
        catch (InvalidDataException e)
        {
            throw new QueryException(ErrorCode.OptionOutOfRange, e.Message);
        }
    }

    private async Task<(LabelledCrops Training, LabelledCrops HeldOut)> ReadAsync(
        BuildPlan plan, TrainingData data, CropFile trainingCrops, CropFile heldOutCrops, int side, RunSession session)
    {
        var done = 0;
        var training = await reader.ReadAsync([.. data.Training], trainingCrops, side, plan.Options.Color, Count, session.Stopping);
        return (training, await reader.ReadAsync([.. data.HeldOut], heldOutCrops, side, plan.Options.Color, Count, session.Stopping));

        void Count() => session.Report("decoding images", Interlocked.Increment(ref done), data.Contents.Count);
    }

    private FineTuneOptions OptionsOf(BuildPlan plan, long run)
    {
        var options = new FineTuneOptions
        {
            Epochs = plan.Options.Epochs,
            LearningRate = plan.Options.LearningRate ?? DefaultLearningRate,
            BatchSize = plan.Options.BatchSize,
            InputSize = plan.Options.InputSize ?? DefaultInput,
            Checkpoint = files.PathOf(run, "checkpoint"),
        };
        try
        {
            options.Validate();
            return options;
        }
        catch (ArgumentException e)
        {
            throw new QueryException(
                ErrorCode.OptionOutOfRange,
                $"{e.Message} Fine-tuning takes an input_size that is a multiple of 32 and a batch_size of at least 2.");
        }
    }
}
