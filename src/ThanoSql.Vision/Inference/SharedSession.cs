using Microsoft.ML.OnnxRuntime;

namespace ThanoSql.Vision.Inference;

/// <summary>A session that many threads run at once and that is freed when it is disposed and the last run has ended.</summary>
internal sealed class SharedSession(InferenceSession session) : IDisposable
{
    private readonly Lock gate = new();
    private int users;
    private bool closed;

    /// <summary>Runs one input to one output; both are plain memory of the caller.</summary>
    /// <exception cref="ObjectDisposedException">The session was disposed before this run began.</exception>
    public void Run(string input, float[] values, long[] inputShape, string output, float[] results, long[] outputShape)
    {
        Enter();
        try
        {
            using var from = OrtValue.CreateTensorValueFromMemory(values, inputShape);
            using var to = OrtValue.CreateTensorValueFromMemory(results, outputShape);
            using var settings = new RunOptions();
            session.Run(settings, [input], [from], [output], [to]);
        }
        finally
        {
            Leave();
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            if (closed)
                return;
            closed = true;
            if (users > 0)
                return;
        }
        session.Dispose();
    }

    private void Enter()
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(closed, this);
            users++;
        }
    }

    private void Leave()
    {
        lock (gate)
        {
            users--;
            if (!closed || users > 0)
                return;
        }
        session.Dispose();
    }
}
