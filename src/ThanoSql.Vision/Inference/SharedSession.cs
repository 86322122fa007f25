namespace ThanoSql.Vision.Inference;

/// <summary>
/// A session that many threads run at once. It is freed when it is disposed, or evicted, and the last run has ended; the next run loads it again.
/// </summary>
/// <param name="session">Owned from here on.</param>
/// <param name="reload">Loads it again after an eviction; null for one that is never evicted.</param>
internal sealed class SharedSession(InferenceSession session, Func<InferenceSession>? reload = null) : IDisposable
{
    private readonly Lock _gate = new();
    private InferenceSession? _session = session;
    private int _users;
    private bool _evicted;
    private bool _closed;

    /// <summary>Whether it holds memory.</summary>
    public bool IsLoaded
    {
        get
        {
            lock (_gate)
                return _session is not null;
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
    public void Evict()
    {
        if (reload is null)
            return;
        lock (_gate)
            _evicted = true;
        FreeIfUnused();
    }

    public void Dispose()
    {
        lock (_gate)
            _closed = true;
        FreeIfUnused();
    }

    private InferenceSession Enter()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            var loaded = _session ??= reload!();
            _evicted = false;
            _users++;
            return loaded;
        }
    }

    private void Leave()
    {
        lock (_gate)
            _users--;
        FreeIfUnused();
    }

    private void FreeIfUnused()
    {
        InferenceSession? unused = null;
        lock (_gate)
        {
            if (_users == 0 && (_closed || _evicted))
                (unused, _session) = (_session, null);
        }
        if (unused is null)
            return;
        unused.Dispose();
        NativeHeap.Trim();
    }
}

/// <summary>
/// The C library's heap. Sessions are made and freed on many threads; each thread's arena keeps what it frees, so that a process would grow with
/// every trunk.
/// </summary>
internal static partial class NativeHeap
{
    /// <summary>Gives free pages back to the system; where the C library is not glibc, nothing happens.</summary>
    public static void Trim()
    {
        try
        {
            _ = MallocTrim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // musl gives memory back by itself
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int MallocTrim(nuint pad);
}
