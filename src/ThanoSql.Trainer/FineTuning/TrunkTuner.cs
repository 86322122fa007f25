using ThanoSql.Vision.FineTuning;

namespace ThanoSql.Trainer.FineTuning;

/// <summary><c>fine_tune=True</c>: trains the trunk on the labelled images; the result is a trunk of its own.</summary>
internal sealed class TrunkTuner(EmbeddingSpaces spaces, CropReader reader, InferenceSessionFactory sessions, RunFiles files)
{
    /// <summary>Resumes from its checkpoint when the same run was killed before.</summary>
    /// <param name="plan">What is to be built.</param>
    /// <param name="data">In the space where training starts; the new trunk takes the same pictures.</param>
    /// <param name="start">A head for that space.</param>
    /// <param name="session">Hears of progress.</param>
    /// <returns>The new trunk's id.</returns>
    public async Task<int> TuneAsync(BuildPlan plan, TrainingData data, Head start, RunSession session)
    {
        var origin = await spaces.OpenAsync(data.TrunkId, session.Stopping);
        var preprocessing = origin.Embedder.Identity.Preprocessing;
        var options = OptionsOf(plan, preprocessing, session.Run.RunId);
        var side = preprocessing.ResizeSide;
        using var trainingCrops = new CropFile(files.PathOf(session.Run.RunId, "training.crops"), side);
        using var heldOutCrops = new CropFile(files.PathOf(session.Run.RunId, "held-out.crops"), side);
        var (training, heldOut) = await ReadAsync(data, preprocessing.Color, trainingCrops, heldOutCrops, side, session);
        try
        {
            var input = new FineTuneInput(SafeTensors.Open(origin.WeightsPath), training, heldOut.Count == 0 ? null : heldOut)
            {
                Start = start,
            };
            var result = await FineTuner.RunAsync(options, input, sessions, new TuningReport(session), session.Stopping);
            return (await spaces.AddAsync(result.Trunk, TrunkOrigin.Tuned, preprocessing, session.Stopping)).TrunkId;
        }
        catch (InvalidDataException e)
        {
            throw new QueryException(ErrorCode.OptionOutOfRange, e.Message);
        }
    }

    private async Task<(LabelledCrops Training, LabelledCrops HeldOut)> ReadAsync(
        TrainingData data, ColorMode color, CropFile trainingCrops, CropFile heldOutCrops, int side, RunSession session)
    {
        var done = 0;
        var training = await reader.ReadAsync([.. data.Training], trainingCrops, side, color, Count, session.Stopping);
        return (training, await reader.ReadAsync([.. data.HeldOut], heldOutCrops, side, color, Count, session.Stopping));

        void Count() => session.Report("decoding images", Interlocked.Increment(ref done), data.Contents.Count);
    }

    private FineTuneOptions OptionsOf(BuildPlan plan, Preprocessing preprocessing, long run)
    {
        var defaults = new FineTuneOptions();
        var options = defaults with
        {
            Epochs = plan.Options.Epochs,
            LearningRate = plan.Options.LearningRate ?? defaults.LearningRate,
            BatchSize = plan.Options.BatchSize,
            InputSize = preprocessing.InputSize,
            TrainingSize = plan.Options.Tuning.TrainingSize,
            FrozenStages = plan.Options.Tuning.FrozenStages ?? defaults.FrozenStages,
            LayerDecay = plan.Options.Tuning.LayerDecay ?? defaults.LayerDecay,
            Averaging = plan.Options.Tuning.Averaging ?? defaults.Averaging,
            MixUp = plan.Options.Tuning.MixUp ?? defaults.MixUp,
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
                $"{e.Message} Fine-tuning takes a batch_size of at least 2.");
        }
    }
}
