using ThanoSql.Embedding;

namespace ThanoSql.Worker.Stages;

/// <summary>One image on its way through the stages.</summary>
internal sealed class Work(ClaimedImage image, Activity? trace)
{
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ClaimedImage Image { get; } = image;

    /// <summary>An event announced it just now: it goes before images that have waited for long already.</summary>
    public bool IsNews { get; init; }

    /// <summary>When it was claimed, by <see cref="Stopwatch.GetTimestamp"/>.</summary>
    public long Since { get; } = Stopwatch.GetTimestamp();

    /// <summary>Spans the way from the claim to the commit.</summary>
    public Activity? Trace { get; } = trace;

    /// <summary>The object as it was read; null when its name and etag were enough.</summary>
    public Look? Look { get; set; }

    /// <summary>Set by the stage that knows how it ends; null while a content is still to be written.</summary>
    public ImageResult? Result { get; set; }

    /// <summary>What the transaction in progress writes; it holds only after the commit.</summary>
    public ImageResult? Outcome { get; set; }

    /// <summary>The content that the transaction in progress writes.</summary>
    public long? ContentId => (Outcome as ImageResult.Indexed)?.ContentId;

    /// <summary>Tables that could not be asked whether they name it, by the id of their oldest pipeline.</summary>
    public IReadOnlyList<int> Unasked { get; set; } = [];

    /// <summary>How often somebody else had locked its row when it was to be written.</summary>
    public int Contended { get; set; }

    /// <summary>A version came into service after this look: it cannot answer without another one.</summary>
    public bool IsOutdated { get; set; }

    /// <summary>Ends when the row is committed, or left to another look.</summary>
    public Task Settled => _settled.Task;

    /// <summary>Embeddings are missing, and nothing speaks against making them.</summary>
    public bool WantsEmbedding => Result is null && Look is { Missing.Count: > 0 };

    /// <summary>Takes over how the look ended, if it did.</summary>
    public void Conclude()
    {
        if (Look is { IsGone: true })
            Result = new ImageResult.Gone(Image);
        else if (Look is { Failure: { } failure })
            Fail(failure.Kind, failure.Reason);
    }

    /// <summary>Forgets what was seen.</summary>
    public void LookAgain() => (Look, Result, IsOutdated) = (null, null, false);

    public void Fail(FailureKind kind, string reason) =>
        Result = new ImageResult.Failed(Image, kind, reason, Look?.Info?.ETag, Look?.Info?.Size);

    /// <summary>A stage of that way.</summary>
    public Activity? Stage(string name) => Trace is null ? null : IndexingTelemetry.Traces.StartActivity(name, ActivityKind.Internal, Trace.Context);

    public void Settle()
    {
        Trace?.SetTag("outcome", Outcome?.GetType().Name ?? "left").Dispose();
        _settled.TrySetResult();
    }
}
