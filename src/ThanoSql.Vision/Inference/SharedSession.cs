using Microsoft.ML.OnnxRuntime;

namespace ThanoSql.Vision.Inference;

/// <summary>
/// A session that many threads run at once. It is freed when it is disposed, or told to rest, and the last run has ended; from a rest the next run brings it back.
/// </summary>
/// <param name="session">Owned from here on.</param>
/// <param name="again">Makes it anew after a rest; null for one that never rests.</param>
internal sealed class SharedSession(InferenceSession session, Func<InferenceSession>? again = null) : IDisposable
{
    private readonly Lock gate = new();
    private InferenceSession? session = session;
    private int users;
    private bool resting;
    private bool closed;

    /// <summary>Whether it holds memory.</summary>
    public bool IsAwake
    {
        get
        {
            lock (gate)
                return session is not null;
        }
    }

    /// <summary>Runs one input to one output; both are plain memory of the caller.</summary>
    /// <exception cref="ObjectDisposedException">The session was disposed before this run began.</exception>
    public void Run(string input, float[] values, long[] inputShape, string output, float[] results, long[] outputShape)
    {
        var entered = Enter();
        try
        {
            using var from = OrtValue.CreateTensorValueFromMemory(values, inputShape);
            using var to = OrtValue.CreateTensorValueFromMemory(results, outputShape);
            using var settings = new RunOptions();
            entered.Run(settings, [input], [from], [output], [to]);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Frees the memory until the next run.</summary>
    public void Rest()
    {
        if (again is null)
            return;
        lock (gate)
            resting = true;
        FreeIfUnused();
    }

    public void Dispose()
    {
        lock (gate)
            closed = true;
        FreeIfUnused();
    }

    private InferenceSession Enter()
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(closed, this);
            var awake = session ??= again!();
            resting = false;
            users++;
            return awake;
        }
    }

    private void Leave()
    {
        lock (gate)
            users--;
        FreeIfUnused();
    }

    private void FreeIfUnused()
    {
        InferenceSession? unused = null;
        lock (gate)
        {
            if (users == 0 && (closed || resting))
                (unused, session) = (session, null);
        }
        if (unused is null)
            return;
        unused.Dispose();
        NativeHeap.Trim();
    }
}
