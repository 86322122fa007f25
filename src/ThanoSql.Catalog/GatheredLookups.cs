namespace ThanoSql.Catalog;

/// <summary>
/// Look-ups that many ask for at once, in as few round trips as may be: those that come while one is under way go together in the next.
/// </summary>
/// <param name="ask">One round trip: the answers in the order of the keys.</param>
public sealed class GatheredLookups<TKey, TValue>(Func<IReadOnlyList<TKey>, CancellationToken, Task<IReadOnlyList<TValue>>> ask)
{
    private readonly Lock _gate = new();
    private List<(TKey Key, TaskCompletionSource<TValue> Answer)> _waiting = [];
    private bool _asking;

    /// <param name="key">May be asked for by others at the same time.</param>
    /// <param name="cancellationToken">Stops waiting; others' look-ups go on.</param>
    public Task<TValue> GetAsync(TKey key, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<TValue>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _waiting.Add((key, answer));
            if (!_asking)
            {
                _asking = true;
                _ = Task.Run(AskAsync, CancellationToken.None);
            }
        }
        return answer.Task.WaitAsync(cancellationToken);
    }

    private async Task AskAsync()
    {
        while (Take() is { } asked)
        {
            try
            {
                var answers = await ask([.. asked.Select(a => a.Key)], CancellationToken.None);
                for (var i = 0; i < asked.Count; i++)
                    asked[i].Answer.SetResult(answers[i]);
            }
            catch (Exception error)
            {
                asked.ForEach(a => a.Answer.TrySetException(error));
            }
        }
    }

    private List<(TKey Key, TaskCompletionSource<TValue> Answer)>? Take()
    {
        lock (_gate)
        {
            if (_waiting.Count == 0)
            {
                _asking = false;
                return null;
            }
            var taken = _waiting;
            _waiting = [];
            return taken;
        }
    }
}
