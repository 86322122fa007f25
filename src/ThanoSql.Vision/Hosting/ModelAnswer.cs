namespace ThanoSql.Vision.Hosting;

/// <summary>What the process of a model is for.</summary>
/// <param name="Places">Pictures at the same time.</param>
/// <param name="Side">Of a picture, in pixels.</param>
internal sealed record ModelProcessPlan(ImportHostOptions Options, int Places, int Side, int ThreadsPerInference);

/// <summary>What a network said of a picture; the other side is not trusted, so nothing of it has been checked.</summary>
/// <param name="Shape">Of the whole answer.</param>
/// <param name="Values">Its first <see cref="PictureMemory.MostValues"/>.</param>
/// <param name="Error">What ONNX Runtime said instead; null for an answer.</param>
internal sealed record ModelAnswer(long[] Shape, float[] Values, string? Error);

/// <summary>The process of a model ended, or was ended for want of an answer.</summary>
/// <param name="message">Why.</param>
/// <param name="isCertain">Whether it was for what was asked, and not perhaps for another picture or another reason.</param>
internal sealed class ModelProcessException(string message, bool isCertain) : Exception(message)
{
    public bool IsCertain { get; } = isCertain;
}

/// <summary>Where a thread waits for the answer to its picture.</summary>
internal sealed class PicturePlace
{
    private volatile bool _answered;

    public ManualResetEventSlim Done { get; } = new();

    public volatile bool Asked;

    public HostMessageKind Kind { get; private set; }

    public bool Answered
    {
        get => _answered;
        set => _answered = value;
    }

    /// <returns>Whether it was asked.</returns>
    public bool Answer(HostMessageKind kind)
    {
        if (!Asked || Done.IsSet)
            return false;
        Kind = kind;
        _answered = true;
        Done.Set();
        return true;
    }
}
