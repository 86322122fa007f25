namespace ThanoSql.Vision.Classifiers;

/// <summary>What a network gave for a few pictures that were tried.</summary>
/// <param name="Count">Its outputs.</param>
/// <param name="Probabilities">Whether they are probabilities, not logits.</param>
internal sealed record ImportedScores(int Count, bool Probabilities)
{
    // The head, which the catalog keeps, has this number squared of weights
    private const int MostLabels = 4096;

    // Of a softmax in float16
    private const float Tolerance = 0.01f;

    /// <param name="model">image [N, 3, S, S] → <see cref="ImportedGraph.Scores"/>.</param>
    /// <param name="side">S.</param>
    /// <param name="options">What its owner says of the scores, and how long a picture may take.</param>
    /// <param name="sessions">Tries it on the CPU.</param>
    /// <param name="source">For messages.</param>
    /// <exception cref="ModelFileException">It does not load, does not run, or does not give one finite score a label.</exception>
    public static ImportedScores Try(byte[] model, int side, ImportOptions options, InferenceSessionFactory sessions, string source)
    {
        using var session = Load(model, sessions, source);
        var answers = TrialPictures(side).Select(pixels => Run(session, pixels, side, options.Patience, source)).ToList();
        var count = answers[0].Length;
        if (count is < 2 or > MostLabels)
            throw new ModelFileException($"{source} gives {count} scores for a picture; 2 to {MostLabels} are supported, one a label.");
        if (answers.Any(a => a.Length != count || !a.All(float.IsFinite)))
        {
            throw new ModelFileException(
                $"{source} answers a picture with numbers that are not finite. Check how it was exported, and mean, std and pixel_range.");
        }

        return new ImportedScores(count, AreProbabilities(answers, options.Scores, source));
    }

    private static bool AreProbabilities(List<float[]> answers, ScoreKind kind, string source)
    {
        var none = answers.SelectMany(a => a).Any(s => s < 0);
        if (kind == ScoreKind.Probabilities && none)
            throw new ModelFileException($"{source} gives scores below 0, which are no probabilities: say scores='logits'.");
        if (kind != ScoreKind.Auto || none)
            return kind == ScoreKind.Probabilities;
        if (answers.All(a => Math.Abs(a.Sum() - 1) <= Tolerance))
            return true;
        return answers.SelectMany(a => a).All(s => s <= 1)
            ? throw new ModelFileException(
                $"{source} gives scores between 0 and 1 that do not sum to 1. "
                + "Say what they are: OPTIONS (scores='probabilities'), as after a sigmoid, or OPTIONS (scores='logits').")
            : false;
    }

    private static InferenceSession Load(byte[] model, InferenceSessionFactory sessions, string source)
    {
        try
        {
            return sessions.CreateOnCpu(model);
        }
        catch (OnnxRuntimeException e) when (
            e.Message.Contains("opset", StringComparison.OrdinalIgnoreCase) || e.Message.Contains("IR version", StringComparison.OrdinalIgnoreCase))
        {
            throw new ModelFileException(
                $"{source} is written for a newer ONNX than is known here. Export it for an older one, for example opset_version=17. ({e.Message})",
                e);
        }
        catch (OnnxRuntimeException e)
        {
            throw new ModelFileException($"{source} does not load as an ONNX model: {e.Message}", e);
        }
    }

    private static float[] Run(InferenceSession session, float[] pixels, int side, TimeSpan patience, string source)
    {
        using var image = OrtValue.CreateTensorValueFromMemory(pixels, [1, 3, side, side]);
        using var settings = new RunOptions();
        using var limit = new Timer(_ => settings.Terminate = true, null, patience, Timeout.InfiniteTimeSpan);
        try
        {
            using var results = session.Run(settings, [ConvNeXtGraph.InputName], [image], [ImportedGraph.Scores]);
            var shape = results[0].GetTensorTypeAndShape().Shape;
            return shape is [1, _, ..] && shape[2..].All(d => d == 1)
                ? results[0].GetTensorDataAsSpan<float>().ToArray()
                : throw new ModelFileException(
                    $"{source} gives [{string.Join(", ", shape)}] for one picture, and one score a label [1, K] is wanted. "
                    + "OPTIONS (output='…') chooses another of its outputs.");
        }
        catch (OnnxRuntimeException) when (settings.Terminate)
        {
            throw new ModelFileException(
                $"{source} takes more than {patience.TotalSeconds} s for a picture of {side} x {side} pixels, which is too long to index with.");
        }
        catch (OnnxRuntimeException e)
        {
            throw new ModelFileException($"{source} does not run on a picture of {side} x {side} pixels: {e.Message}", e);
        }
    }

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
