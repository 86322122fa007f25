namespace ThanoSql.Query.Execution;

/// <summary>Work that several may ask for at once and that is done once. It is cancelled when nobody waits for it any more.</summary>
internal sealed class SharedWork<TKey, TResult>
    where TKey : notnull
{
    private readonly Dictionary<TKey, Run> _runs = [];
    private readonly Lock _lock = new();

    /// <param name="key">What is asked for.</param>
    /// <param name="work">Does it, for the first who asks.</param>
    /// <param name="cancellationToken">Ends the wait of this one.</param>
    public async Task<TResult> GetAsync(TKey key, Func<TKey, CancellationToken, Task<TResult>> work, CancellationToken cancellationToken)
    {
        var run = Join(key, work);
        try
        {
            return await run.Result.WaitAsync(cancellationToken);
        }
        finally
        {
            Leave(key, run);
        }
    }

    private Run Join(TKey key, Func<TKey, CancellationToken, Task<TResult>> work)
    {
        lock (_lock)
        {
            if (!_runs.TryGetValue(key, out var run))
                _runs[key] = run = Begin(key, work, new CancellationTokenSource());
            run.Waiting++;
            return run;
        }
    }

    private void Leave(TKey key, Run run)
    {
        lock (_lock)
        {
            if (--run.Waiting > 0)
                return;
            _runs.Remove(key);
        }
        using var end = run.End;
        if (!run.Result.IsCompleted)
            end.Cancel();
    }

    private static Run Begin(TKey key, Func<TKey, CancellationToken, Task<TResult>> work, CancellationTokenSource end)
    {
        var token = end.Token; // now: the source may be gone before the work begins
        return new Run(Task.Run(() => work(key, token), CancellationToken.None), end);
    }

    private sealed record Run(Task<TResult> Result, CancellationTokenSource End)
    {
        public int Waiting { get; set; }
    }
}
