namespace ThanoSql.Vision.FineTuning;

/// <summary>
/// Trains a whole ConvNeXt on labelled photographs. The first classifier is a head on the trunk as it is; then trunk and classifier learn
/// together by AdamW, data-parallel over the cores or on a card, and the best epoch on the held-out photographs wins.
/// </summary>
public static class FineTuner
{
    /// <summary>
    /// Runs to the end, or to cancellation; with a checkpoint, the next call with the same data and options goes on from there. The file stays at the
    /// end, until the caller has kept the result.
    /// </summary>
    /// <param name="options">Checked first.</param>
    /// <param name="input">What is trained, and on what.</param>
    /// <param name="sessions">Decides CPU or CUDA.</param>
    /// <exception cref="ArgumentException">An option is out of its range, or the crops are smaller than the input.</exception>
    /// <exception cref="InvalidDataException">There are fewer than two labels, or the loss stopped being a number.</exception>
    /// <exception cref="TrunkException">The trunk is no ConvNeXt.</exception>
    public static Task<FineTuneResult> RunAsync(
        FineTuneOptions options, FineTuneInput input, InferenceSessionFactory sessions, IProgress<FineTuneProgress>? progress,
        CancellationToken cancellationToken)
    {
        options.Validate();
        if (input.Training.Side < options.InputSize || input.HeldOut?.Side < options.InputSize)
        {
            throw new ArgumentException(
                $"Crops of {input.Training.Side} pixels are too small for an input of {options.InputSize}.", nameof(input));
        }
        return Task.Factory.StartNew(
            () =>
            {
                try
                {
                    return Run(options, input, sessions, onCard: true, progress, cancellationToken);
                }
                catch (OnnxRuntimeException e) when (sessions.Cuda.IsLikely)
                {
                    // From the last checkpoint, or anew
                    sessions.Cuda.Lost("Fine-tuning", e);
                    return Run(options, input, sessions, onCard: false, progress, cancellationToken);
                }
            },
            cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private static FineTuneResult Run(
        FineTuneOptions options, FineTuneInput input, InferenceSessionFactory sessions, bool onCard, IProgress<FineTuneProgress>? progress,
        CancellationToken cancellationToken)
    {
        var (trunk, training, heldOut) = input;
        progress?.Report(new(FineTunePhase.Preparing, 0, 0, 0, TimeSpan.Zero, null));
        var variant = ConvNeXtVariant.Of(trunk);
        string[] labels = [.. training.Labels.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        var threads = options.EffectiveThreads;
        var model = Graph((options.BatchSize + threads - 1) / threads);
        var state = FineTuneState.New(ParameterSet.From(trunk, model.Parameters));
        var judge = new HeldOutJudge(sessions, options, onCard);
        var checkpoint = options.Checkpoint is { } path ? new CheckpointFile(path, Fingerprint(options, input)) : null;
        if (checkpoint?.TryLoad(state) != true)
            Begin(state, judge, input, labels, options, cancellationToken);
        using var card = onCard ? CardStepper.Open(Graph, state, options, sessions) : null;
        using var host = card is null ? new HostStepper(model, state, options, sessions) : null;
        var run = new FineTuneRun(options, state, card ?? (IStepper)host!, new BatchFeeder(training, labels, options), progress)
        {
            Save = () => checkpoint?.Save(state),
            Judge = () => judge.Judge(
                Saved(state.Average, trunk, options, state), HeldOutJudge.HeadOf(state.Average, labels), heldOut, cancellationToken),
        };
        var early = run.ToTheEnd(cancellationToken);
        return new FineTuneResult(
            TrunkBytes(state.Best, trunk, options, state), HeldOutJudge.HeadOf(state.Best, labels), [.. state.History], early);

        TrainingModel Graph(int batch) =>
            ConvNeXtTraining.Build(variant, options.EffectiveTrainingSize, batch, labels.Length, new FrozenStages(trunk, options.FrozenStages));
    }

    /// <summary>The first classifier, and what it is worth: epoch 0.</summary>
    private static void Begin(
        FineTuneState state, HeldOutJudge judge, FineTuneInput input, string[] labels, FineTuneOptions options,
        CancellationToken cancellationToken)
    {
        var (trunk, _, heldOut) = input;
        var head = input.Start ?? FitHead(judge, input, options, cancellationToken);
        HeldOutJudge.StartFrom(state.Parameters, labels, head);
        state.Parameters.CopyTo(state.Average);
        state.Parameters.CopyTo(state.Best);
        var (accuracy, loss) = judge.Judge(trunk, head, heldOut, cancellationToken);
        state.History.Add(new FineTuneEpoch(0, double.NaN, accuracy, loss));
    }

    private static Head FitHead(HeldOutJudge judge, FineTuneInput input, FineTuneOptions options, CancellationToken cancellationToken)
    {
        var (embeddings, dimensions) = judge.Embed(input.Trunk, input.Training, cancellationToken);
        return HeadTrainer.Train(
            new(embeddings, dimensions, input.Training.Labels), new() { Threads = options.Threads, Seed = (ulong)options.Seed }, null,
            cancellationToken).Head;
    }

    private static SafeTensors Saved(ParameterSet parameters, SafeTensors origin, FineTuneOptions options, FineTuneState state) =>
        SafeTensors.Parse(TrunkBytes(parameters, origin, options, state), "the trained trunk");

    private static byte[] TrunkBytes(ParameterSet parameters, SafeTensors origin, FineTuneOptions options, FineTuneState state) =>
        parameters.ToTrunk(new Dictionary<string, string>
        {
            ["description"] = "fine-tuned ConvNeXt",
            ["origin_sha256"] = origin.Sha256,
            ["input_size"] = options.InputSize.ToString(CultureInfo.InvariantCulture),
            ["training_size"] = options.EffectiveTrainingSize.ToString(CultureInfo.InvariantCulture),
            ["epoch"] = state.BestEpoch.Epoch.ToString(CultureInfo.InvariantCulture),
        }, origin);

    /// <summary>Equal for runs that would do the same.</summary>
    private static string Fingerprint(FineTuneOptions options, FineTuneInput input)
    {
        var (trunk, training, heldOut) = input;
        var plain = options with { Checkpoint = null, CheckpointEvery = default, Threads = options.EffectiveThreads };
        var text = JsonSerializer.Serialize(new { plain, trunk.Sha256, training.Labels, training.Side, HeldOut = heldOut?.Labels });
        return Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));
    }
}

/// <summary>What is trained, and on what.</summary>
/// <param name="Trunk">Where training starts.</param>
/// <param name="Training">At least two labels.</param>
/// <param name="HeldOut">Decides when to stop and which epoch is best; null trains all epochs and takes the last.</param>
public sealed record FineTuneInput(SafeTensors Trunk, LabelledCrops Training, LabelledCrops? HeldOut)
{
    /// <summary>A head on the trunk's embeddings to start from; null fits one first.</summary>
    public Head? Start { get; init; }
}

/// <summary>A trunk that was trained on, and the classifier that was trained with it.</summary>
/// <param name="Trunk">A safetensors file, float16, with timm's names: the weights of the best epoch.</param>
/// <param name="Head">For embeddings of that trunk; its thresholds are 0. A head trained anew on the trunk's embeddings may be better.</param>
/// <param name="History">One entry per epoch; entry 0 is the frozen trunk with a trained head.</param>
/// <param name="StoppedEarly">True when patience ran out.</param>
public sealed record FineTuneResult(byte[] Trunk, Head Head, IReadOnlyList<FineTuneEpoch> History, bool StoppedEarly);

/// <param name="Epoch">From 1; 0 is the state before training.</param>
/// <param name="TrainingLoss">Mean over the epoch's augmented photographs, with label smoothing; NaN for epoch 0.</param>
/// <param name="HeldOutAccuracy">On whole crops; NaN without held-out photographs.</param>
/// <param name="HeldOutLoss">Mean cross-entropy; NaN without held-out photographs.</param>
public sealed record FineTuneEpoch(int Epoch, double TrainingLoss, double HeldOutAccuracy, double HeldOutLoss);

/// <summary>Where a fine-tuning stands.</summary>
public enum FineTunePhase
{
    /// <summary>The frozen trunk is looked at, and steps are timed.</summary>
    Preparing,

    /// <summary>Nothing has changed yet; <see cref="FineTuneProgress.Remaining"/> is the estimate of the whole run.</summary>
    Estimated,

    Training,

    /// <summary>An epoch ended; <see cref="FineTuneProgress.Last"/> says how.</summary>
    EpochDone,
}

/// <param name="Step">Steps done, of <paramref name="Steps"/>.</param>
/// <param name="Loss">Of the last step.</param>
/// <param name="Remaining">Estimated from the steps timed so far; early stop may end sooner.</param>
/// <param name="Last">The last finished epoch.</param>
public sealed record FineTuneProgress(FineTunePhase Phase, int Step, int Steps, double Loss, TimeSpan Remaining, FineTuneEpoch? Last);
