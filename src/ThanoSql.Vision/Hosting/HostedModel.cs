namespace ThanoSql.Vision.Hosting;

/// <summary>
/// A network of others in a process of its own, which is started when it is needed and again when it died. A picture that it gives no answer to is
/// refused; a model that gives none three times in a row rests.
/// </summary>
public sealed class HostedModel : ITrunkRunner
{
    /// <summary>Failures in a row after which it rests.</summary>
    public const int MostFailures = 3;

    private readonly SharedLoad<ModelProcess> _process;
    private readonly ReaderWriterLockSlim _alone = new();
    private readonly int _pixels;
    private readonly int _size;
    private int _failures;
    private string? _rest;

    /// <param name="model">The file, read whenever the process starts.</param>
    /// <param name="sessions">Starts the process.</param>
    /// <param name="preprocessing">The side of its pictures.</param>
    /// <param name="size">Values of an embedding.</param>
    internal HostedModel(Func<byte[]> model, InferenceSessionFactory sessions, Preprocessing preprocessing, int size)
    {
        (_pixels, _size) = (preprocessing.TensorLength, size);
        _process = new SharedLoad<ModelProcess>(
            null, () => sessions.Host(model(), preprocessing.InputSize, sessions.Threads, CancellationToken.None));
    }

    /// <summary>Called once when it begins to rest, with the reason, on the thread whose picture was the last.</summary>
    public event Action<string>? Rested;

    /// <summary>Why it rests; null while it works.</summary>
    public string? Rest => Volatile.Read(ref _rest);

    public bool IsLoaded => _process.IsLoaded;

    /// <summary>The number of its process in the system; null while there is none.</summary>
    internal int? ProcessId { get; private set; }

    /// <summary>Lets it try again.</summary>
    public void Resume()
    {
        Volatile.Write(ref _failures, 0);
        Volatile.Write(ref _rest, null);
    }

    /// <exception cref="ImageRejectedException">It gives no answer to a picture.</exception>
    /// <exception cref="TrunkException">Its process does not run, or it rests.</exception>
    void ITrunkRunner.Embed(float[] pixels, float[] embeddings, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var answer = Look(pixels.AsSpan(i * _pixels, _pixels));
            answer.AsSpan(0, _size).CopyTo(embeddings.AsSpan(i * _size));
        }
    }

    public void Evict() => _process.Evict();

    public void Dispose() => _process.Dispose();

    private float[] Look(ReadOnlySpan<float> pixels)
    {
        try
        {
            return Answer(LookAmongOthers(pixels) ?? LookAlone(pixels));
        }
        catch (ModelProcessException e)
        {
            throw NoAnswer(e.Message);
        }
    }

    /// <returns>Null when the process ended, and nobody knows over what: another picture, or a signal from elsewhere.</returns>
    private ModelAnswer? LookAmongOthers(ReadOnlySpan<float> pixels)
    {
        _alone.EnterReadLock();
        try
        {
            return Ask(pixels);
        }
        catch (ModelProcessException e) when (!e.IsCertain)
        {
            return null;
        }
        finally
        {
            _alone.ExitReadLock();
        }
    }

    private ModelAnswer LookAlone(ReadOnlySpan<float> pixels)
    {
        _alone.EnterWriteLock();
        try
        {
            return Ask(pixels);
        }
        finally
        {
            _alone.ExitWriteLock();
        }
    }

    private ModelAnswer Ask(ReadOnlySpan<float> pixels)
    {
        if (Rest is { } rest)
            throw new TrunkException(rest);
        var process = Enter();
        try
        {
            return process.Look(pixels, CancellationToken.None);
        }
        catch (ModelProcessException)
        {
            _process.Replace(process);
            throw;
        }
        finally
        {
            _process.Leave();
        }
    }

    private ModelProcess Enter()
    {
        try
        {
            var process = _process.Enter();
            ProcessId = process.Id;
            return process;
        }
        catch (Exception e) when (e is ModelProcessException or ModelFileException)
        {
            Failed(e.Message);
            throw new TrunkException($"The process of the uploaded model does not start: {e.Message}. Upload the model again.", e);
        }
    }

    private float[] Answer(ModelAnswer answer)
    {
        if (answer.Error is { } error)
            throw NoAnswer(error);
        if (!answer.Shape.SequenceEqual([1, _size]))
            throw NoAnswer($"it gave [{string.Join(", ", answer.Shape)}], and [1, {_size}] was declared");
        Volatile.Write(ref _failures, 0);
        return answer.Values;
    }

    private ImageRejectedException NoAnswer(string why)
    {
        Failed(why);
        return new ImageRejectedException(
            ImageRejection.NoAnswer, $"The uploaded model gives no answer to this picture: {why}. Leave the picture out, or replace the model.");
    }

    private void Failed(string why)
    {
        if (Interlocked.Increment(ref _failures) < MostFailures)
            return;
        var rest = $"The uploaded model rests, since it gave no answer {MostFailures} times in a row; the last time: {why}.";
        if (Interlocked.CompareExchange(ref _rest, rest, null) is null)
            Rested?.Invoke(rest);
    }
}
