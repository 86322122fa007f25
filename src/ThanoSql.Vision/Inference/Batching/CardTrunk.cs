namespace ThanoSql.Vision.Inference.Batching;

/// <summary>
/// A trunk on CUDA for as long as that works. It warms in the background; until it is warm, and after it has failed, nobody can enter it, and the
/// CPU is to be asked.
/// </summary>
internal sealed class CardTrunk : IDisposable
{
    /// <summary>How long a picture waits for others.</summary>
    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(2);

    private readonly SharedLoad<BatchStage> _stage;
    private readonly Action<Exception> _lost;
    private bool _isLost;

    /// <param name="runner">Owned from here on.</param>
    /// <param name="reopen">After an eviction; null when the CPU is to be used from then on.</param>
    /// <param name="sizes">Of batches.</param>
    /// <param name="lost">Told once why the CPU is to be used from then on.</param>
    public CardTrunk(IBatchRunner runner, Func<IBatchRunner?> reopen, IReadOnlyList<int> sizes, Action<Exception> lost)
    {
        _lost = lost;
        var first = Stage(runner);
        (FirstRun, Warm) = (first.FirstRun, first.Warm);
        _stage = new SharedLoad<BatchStage>(
            first, () => Stage(reopen() ?? throw new InvalidOperationException("CUDA does not work any more.")));

        BatchStage Stage(IBatchRunner opened) => new(opened, sizes, Wait, Lose);
    }

    /// <summary>Ends when the smallest batch has run; faulted when it did not.</summary>
    public Task FirstRun { get; }

    /// <summary>Ends when every batch has run; faulted when one did not.</summary>
    public Task Warm { get; }

    public bool IsLoaded => !Volatile.Read(ref _isLost) && _stage.IsLoaded;

    /// <summary>To be followed by <see cref="Leave"/>, unless it is null.</summary>
    /// <returns>Null when the CPU is to be asked.</returns>
    /// <exception cref="ObjectDisposedException">It was disposed before.</exception>
    public BatchStage? Enter()
    {
        if (Volatile.Read(ref _isLost))
            return null;
        BatchStage stage;
        try
        {
            stage = _stage.Enter();
        }
        catch (InvalidOperationException e) when (e is not ObjectDisposedException)
        {
            Lose(e);
            return null;
        }
        if (stage.IsReady)
            return stage;
        _stage.Leave();
        return null;
    }

    public void Leave() => _stage.Leave();

    public void Evict() => _stage.Evict();

    public void Dispose() => _stage.Dispose();

    private void Lose(Exception error)
    {
        if (!Interlocked.Exchange(ref _isLost, true))
            _lost(error);
    }
}
