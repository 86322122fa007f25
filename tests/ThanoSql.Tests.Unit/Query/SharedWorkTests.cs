using ThanoSql.Query.Execution;

namespace ThanoSql.Tests.Unit.Query;

public sealed class SharedWorkTests
{
    private readonly SharedWork<string, string> _shared = new();
    private readonly TaskCompletionSource<string> _result = new();
    private readonly TaskCompletionSource _cancelled = new();
    private int _works;

    [Fact]
    public async Task What_many_ask_for_at_once_is_done_once()
    {
        var asked = Enumerable.Range(0, 50).Select(_ => GetAsync(CancellationToken.None)).ToList();
        _result.SetResult("done");

        (await Task.WhenAll(asked)).ShouldAllBe(result => result == "done");
        _works.ShouldBe(1);
        (await GetAsync(CancellationToken.None)).ShouldBe("done");
        _works.ShouldBe(2);
    }

    [Fact]
    public async Task The_others_get_it_though_the_first_goes_away()
    {
        using var gone = new CancellationTokenSource();
        var (first, second) = (GetAsync(gone.Token), GetAsync(CancellationToken.None));

        await gone.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(first);
        _result.SetResult("done");

        (await second).ShouldBe("done");
        _works.ShouldBe(1);
    }

    [Fact]
    public async Task It_ends_when_nobody_waits_any_more_and_begins_anew_for_the_next()
    {
        using var gone = new CancellationTokenSource();
        var asked = new[] { GetAsync(gone.Token), GetAsync(gone.Token) };

        await gone.CancelAsync();
        foreach (var one in asked)
            await Should.ThrowAsync<OperationCanceledException>(one);
        await _cancelled.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        _result.SetResult("done");

        (await GetAsync(CancellationToken.None)).ShouldBe("done");
        _works.ShouldBe(2);
    }

    [Fact]
    public async Task Everybody_hears_why_it_failed_and_the_next_tries_again()
    {
        var asked = Enumerable.Range(0, 3).Select(_ => GetAsync(CancellationToken.None)).ToList();
        _result.SetException(new TimeoutException("too slow"));

        foreach (var one in asked)
            (await Should.ThrowAsync<TimeoutException>(one)).Message.ShouldBe("too slow");
        await Should.ThrowAsync<TimeoutException>(GetAsync(CancellationToken.None));
        _works.ShouldBe(2);
    }

    private Task<string> GetAsync(CancellationToken cancellationToken) => _shared.GetAsync(
        "a",
        async (key, end) =>
        {
            Interlocked.Increment(ref _works);
            try
            {
                return await _result.Task.WaitAsync(end);
            }
            catch (OperationCanceledException)
            {
                _cancelled.TrySetResult();
                throw;
            }
        },
        cancellationToken);
}
