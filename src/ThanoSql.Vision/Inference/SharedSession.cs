namespace ThanoSql.Vision.Inference;

/// <summary>What embeds pictures: a session of this process, or the process of a network of others.</summary>
internal interface ITrunkRunner : IDisposable
{
    /// <summary>Whether it holds memory.</summary>
    bool IsLoaded { get; }

    /// <summary>Pictures to embeddings; both are plain memory of the caller.</summary>
    /// <param name="pixels">[count, 3, side, side].</param>
    /// <param name="embeddings">[count, size].</param>
    /// <param name="count">At least 1.</param>
    /// <exception cref="ObjectDisposedException">It was disposed before this run began.</exception>
    void Embed(float[] pixels, float[] embeddings, int count);

    /// <summary>Frees the memory until the next run.</summary>
    void Evict();
}

/// <summary>
/// A session that many threads run at once. It is freed when it is disposed, or evicted, and the last run has ended; the next run loads it again.
/// </summary>
/// <param name="session">Owned from here on; null for one that the first run loads.</param>
/// <param name="load">Loads it, again after an eviction; null for one that is never evicted.</param>
internal sealed class SharedSession(InferenceSession? session, Func<InferenceSession>? load = null) : ITrunkRunner
{
    private readonly SharedLoad<InferenceSession> _shared = new(session, load);

    public bool IsLoaded => _shared.IsLoaded;

    /// <summary>Runs one input to one output; both are plain memory of the caller.</summary>
    /// <exception cref="ObjectDisposedException">The session was disposed before this run began.</exception>
    public void Run(string input, float[] values, long[] inputShape, string output, float[] results, long[] outputShape)
    {
        var entered = _shared.Enter();
        try
        {
            using var from = OrtValue.CreateTensorValueFromMemory(values, inputShape);
            using var to = OrtValue.CreateTensorValueFromMemory(results, outputShape);
            using var settings = new RunOptions();
            entered.Run(settings, [input], [from], [output], [to]);
        }
        finally
        {
            _shared.Leave();
        }
    }

    public void Embed(float[] pixels, float[] embeddings, int count)
    {
        var side = (long)Math.Sqrt(pixels.Length / count / 3);
        Run(
            ConvNeXtGraph.InputName, pixels, [count, 3, side, side], ConvNeXtGraph.OutputName, embeddings, [count, embeddings.Length / count]);
    }

    public void Evict() => _shared.Evict();

    public void Dispose() => _shared.Dispose();
}

/// <summary>Something that holds memory and that many threads use at once: freed while nobody is inside, loaded when somebody comes.</summary>
/// <param name="loaded">Owned from here on; null for one that the first user loads.</param>
/// <param name="load">Loads it; null for one that is never evicted.</param>
internal sealed class SharedLoad<T>(T? loaded, Func<T>? load) : IDisposable
    where T : class, IDisposable
{
    private readonly Lock _gate = new();
    private readonly Lock _loading = new();
    private T? _loaded = loaded;
    private int _users;
    private bool _evicted;
    private bool _closed;

    public bool IsLoaded
    {
        get
        {
            lock (_gate)
                return _loaded is not null;
        }
    }

    /// <summary>To be followed by <see cref="Leave"/>, unless it throws.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed before.</exception>
    public T Enter()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            _evicted = false;
            _users++;
            if (_loaded is { } there)
                return there;
        }
        try
        {
            return Load();
        }
        catch
        {
            Leave();
            throw;
        }
    }

    public void Leave()
    {
        lock (_gate)
            _users--;
        FreeIfUnused();
    }

    /// <summary>Whoever comes next loads it anew; the one that is broken is freed at once, with others inside or not.</summary>
    public void Replace(T broken)
    {
        lock (_gate)
        {
            if (_loaded == broken)
                _loaded = null;
        }
        broken.Dispose();
    }

    /// <summary>Frees the memory until somebody enters.</summary>
    public void Evict()
    {
        if (load is null)
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

    // Others may ask meanwhile whether it is loaded
    private T Load()
    {
        lock (_loading)
        {
            lock (_gate)
            {
                if (_loaded is { } there)
                    return there;
            }
            var fresh = load!();
            lock (_gate)
                return _loaded = fresh;
        }
    }

    private void FreeIfUnused()
    {
        T? unused = null;
        lock (_gate)
        {
            if (_users == 0 && (_closed || _evicted))
                (unused, _loaded) = (_loaded, null);
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
