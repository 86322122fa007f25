using ThanoSql.Vision.Hosting;

namespace ThanoSql.Vision.Classifiers;

/// <summary>What a network gave for a few pictures that were tried.</summary>
/// <param name="Count">Its outputs. A single one is the score of the second of two labels.</param>
/// <param name="Probabilities">Whether they are probabilities, not logits.</param>
internal sealed record ImportedScores(int Count, bool Probabilities)
{
    /// <summary>At least 2.</summary>
    public int Labels => Math.Max(2, Count);

    // The head, which the catalog keeps, has this number squared of weights
    private const int MostLabels = 4096;

    // Of a softmax in float16
    private const float Tolerance = 0.01f;

    /// <summary>Tries a few pictures, in a process of its own.</summary>
    /// <param name="model">image [N, 3, S, S] → <see cref="ImportedGraph.Scores"/>.</param>
    /// <param name="side">S.</param>
    /// <param name="isSigmoid">Whether the file says that they are probabilities.</param>
    /// <param name="options">What its owner says of the scores.</param>
    /// <param name="trial">Where it is tried.</param>
    /// <exception cref="ModelFileException">It does not load, does not run, or does not give one finite score a label.</exception>
    /// <exception cref="TrunkException">There is no process for it here.</exception>
    public static ImportedScores Try(byte[] model, int side, bool isSigmoid, ImportOptions options, ImportTrial trial)
    {
        var source = trial.Source;
        using var process = Load(model, side, trial);
        var answers = TrialPictures(side).Select(pixels => Look(process, pixels, side, trial)).ToList();
        var count = answers[0].Length;
        if (answers.Any(a => a.Length != count || !a.All(float.IsFinite)))
        {
            throw new ModelFileException(
                $"{source} answers a picture with numbers that are not finite. Check how it was exported, and mean, std and pixel_range.");
        }

        var kind = options.Scores == ScoreKind.Auto && isSigmoid && count == 1 ? ScoreKind.Probabilities : options.Scores;
        var probabilities = AreProbabilities(answers, kind, source);
        if (probabilities && count == 1 && answers.Any(a => a[0] > 1))
            throw new ModelFileException($"{source} gives scores above 1, which are no probabilities: say scores='logits'.");
        return new ImportedScores(count, probabilities);
    }

    private static bool AreProbabilities(List<float[]> answers, ScoreKind kind, string source)
    {
        var none = answers.SelectMany(a => a).Any(s => s < 0);
        if (kind == ScoreKind.Probabilities && none)
            throw new ModelFileException($"{source} gives scores below 0, which are no probabilities: say scores='logits'.");
        if (kind != ScoreKind.Auto || none)
            return kind == ScoreKind.Probabilities;
        if (answers.All(a => a.Length > 1 && Math.Abs(a.Sum() - 1) <= Tolerance))
            return true;
        return answers.SelectMany(a => a).All(s => s <= 1)
            ? throw new ModelFileException(
                $"{source} gives scores between 0 and 1 that do not sum to 1. "
                + "Say what they are: OPTIONS (scores='probabilities'), as after a sigmoid, or OPTIONS (scores='logits').")
            : false;
    }

    private static ModelProcess Load(byte[] model, int side, ImportTrial trial)
    {
        try
        {
            return trial.Sessions.Host(model, side, places: 1, trial.Cancellation);
        }
        catch (ModelFileException e) when (
            e.Message.Contains("opset", StringComparison.OrdinalIgnoreCase) || e.Message.Contains("IR version", StringComparison.OrdinalIgnoreCase))
        {
            throw new ModelFileException(
                $"{trial.Source} is written for a newer ONNX than is known here. Export it for an older one, for example opset_version=17. "
                + $"({e.Message})",
                e);
        }
        catch (ModelFileException e)
        {
            throw new ModelFileException($"{trial.Source} does not load as an ONNX model: {e.Message}", e);
        }
        catch (ModelProcessException e)
        {
            throw new ModelFileException($"{trial.Source} does not load: {e.Message}. {WhatItMayTake(trial)}", e);
        }
    }

    private static float[] Look(ModelProcess process, float[] pixels, int side, ImportTrial trial)
    {
        try
        {
            var answer = process.Look(pixels, trial.Cancellation);
            if (answer.Error is { } error)
                throw new ModelFileException($"{trial.Source} does not run on a picture of {side} x {side} pixels: {error} {WhatItMayTake(trial)}");
            if (answer.Shape is not [1, var count, ..] || answer.Shape[2..].Any(d => d != 1))
            {
                throw new ModelFileException(
                    $"{trial.Source} gives [{string.Join(", ", answer.Shape)}] for one picture, and one score a label [1, K] is wanted. "
                    + "OPTIONS (output='…') chooses another of its outputs.");
            }
            return count is >= 1 and <= MostLabels
                ? answer.Values[..(int)count]
                : throw new ModelFileException(
                    $"{trial.Source} gives {count} scores for a picture; 1 to {MostLabels} are supported, one a label.");
        }
        catch (ModelProcessException e)
        {
            throw new ModelFileException(
                $"{trial.Source} gives no answer to a picture of {side} x {side} pixels: {e.Message}. {WhatItMayTake(trial)}", e);
        }
    }

    private static string WhatItMayTake(ImportTrial trial) =>
        $"A network may take {trial.Sessions.Import.Megabytes} MB (Models:Import:Megabytes), {trial.Sessions.Import.LoadSeconds} s to load and "
        + $"{trial.Sessions.Import.PictureSeconds} s a picture. Use a smaller one, or export it in float16.";

    /// <summary>Black, white, and two of noise.</summary>
    private static IEnumerable<float[]> TrialPictures(int side)
    {
        yield return Picture(side, () => 0);
        yield return Picture(side, () => 1);
        for (var seed = 1; seed <= 2; seed++)
        {
            var random = new Random(seed);
            yield return Picture(side, random.NextSingle);
        }
    }

    private static float[] Picture(int side, Func<float> sample)
    {
        var pixels = new float[3 * side * side];
        for (var i = 0; i < pixels.Length; i++)
        {
            var channel = i / (side * side);
            pixels[i] = (sample() - Preprocessing.Mean[channel]) / Preprocessing.StandardDeviation[channel];
        }
        return pixels;
    }
}

/// <summary>Where a network of others is tried.</summary>
/// <param name="Sessions">Starts its process.</param>
/// <param name="Source">For messages.</param>
/// <param name="Cancellation">Ends the process.</param>
internal sealed record ImportTrial(InferenceSessionFactory Sessions, string Source, CancellationToken Cancellation);
