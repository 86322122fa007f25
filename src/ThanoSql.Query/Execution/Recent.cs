using System.Collections.Concurrent;

namespace ThanoSql.Query.Execution;

/// <summary>
/// What the catalog said within the last half second, or another time. The first request that finds it older asks; those that come meanwhile wait
/// for the same answer. What is not there is asked for each time, so that what was just made is found at once.
/// </summary>
/// <param name="ask">Asks the catalog; null when there is no such thing.</param>
/// <param name="time">The clock.</param>
/// <param name="age">How old an answer may be; null for <see cref="Age"/>.</param>
internal sealed class Recent<TKey, TValue>(Func<TKey, CancellationToken, Task<TValue?>> ask, TimeProvider time, TimeSpan? age = null)
    where TKey : notnull
    where TValue : class
{
    /// <summary>How old an answer may be where nothing else is said.</summary>
    public static readonly TimeSpan Age = TimeSpan.FromMilliseconds(500);

    private readonly TimeSpan _age = age ?? Age;
    private readonly ConcurrentDictionary<TKey, Answer> _answers = [];

    public ValueTask<TValue?> GetAsync(TKey key, CancellationToken cancellationToken)
    {
        while (true)
        {
            var known = _answers.GetValueOrDefault(key);
            if (known is not null && time.GetElapsedTime(known.AskedAt) < _age)
            {
                return known.Value.IsCompletedSuccessfully
                    ? new ValueTask<TValue?>(known.Value.Result)
                    : new ValueTask<TValue?>(known.Value.WaitAsync(cancellationToken));
            }
            var fresh = new Answer(time.GetTimestamp()); // before the question: the answer is as old as that at most
            if (known is null ? !_answers.TryAdd(key, fresh) : !_answers.TryUpdate(key, fresh, known))
                continue;
            _ = AskAsync(key, fresh);
            return new ValueTask<TValue?>(fresh.Value.WaitAsync(cancellationToken));
        }
    }

    /// <summary>Lets answers be asked for anew.</summary>
    public void Forget(Func<TValue, bool> which)
    {
        foreach (var (key, answer) in _answers)
        {
            if (answer.Value is { IsCompletedSuccessfully: true, Result: { } value } && which(value))
                _answers.TryRemove(new(key, answer));
        }
    }

    // For everybody who waits: that one of them goes away does not end it.
    private async Task AskAsync(TKey key, Answer answer)
    {
        try
        {
            var value = await ask(key, CancellationToken.None);
            if (value is null)
                _answers.TryRemove(new(key, answer));
            answer.Set(value);
        }
        catch (Exception failed)
        {
            _answers.TryRemove(new(key, answer));
            answer.Fail(failed);
        }
    }

    private sealed class Answer(long askedAt)
    {
        private readonly TaskCompletionSource<TValue?> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long AskedAt => askedAt;

        public Task<TValue?> Value => _source.Task;

        public void Set(TValue? value) => _source.SetResult(value);

        public void Fail(Exception failed) => _source.SetException(failed);
    }
}
