using ThanoSql.Query.Execution;

namespace ThanoSql.Tests.Unit.Query;

public sealed class RecentTests
{
    private readonly Clock _clock = new();
    private readonly List<string> _asked = [];
    private Func<string, Task<string?>> _answer = key => Task.FromResult<string?>($"{key}!");

    private Recent<string, string> Create() => new(
        (key, _) =>
        {
            _asked.Add(key);
            return _answer(key);
        },
        _clock);

    [Fact]
    public async Task An_answer_is_good_for_half_a_second()
    {
        var recent = Create();
        for (var i = 0; i < 3; i++)
            (await recent.GetAsync("a", CancellationToken.None)).ShouldBe("a!");
        _asked.ShouldBe(["a"]);

        _clock.Now += TimeSpan.FromMilliseconds(501).Ticks;

        (await recent.GetAsync("a", CancellationToken.None)).ShouldBe("a!");
        _asked.ShouldBe(["a", "a"]);
    }

    [Fact]
    public async Task Who_comes_while_it_is_asked_waits_for_the_same_answer_though_the_first_goes_away()
    {
        var answer = new TaskCompletionSource<string?>();
        _answer = _ => answer.Task;
        var recent = Create();
        using var gone = new CancellationTokenSource();
        var first = recent.GetAsync("a", gone.Token).AsTask();
        var second = recent.GetAsync("a", CancellationToken.None).AsTask();

        await gone.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(first);
        answer.SetResult("late");

        (await second).ShouldBe("late");
        _asked.ShouldBe(["a"]);
    }

    [Fact]
    public async Task What_is_not_there_or_failed_is_asked_for_each_time()
    {
        var recent = Create();
        _answer = _ => Task.FromResult<string?>(null);
        (await recent.GetAsync("a", CancellationToken.None)).ShouldBeNull();
        _answer = _ => Task.FromException<string?>(new TimeoutException());
        await Should.ThrowAsync<TimeoutException>(recent.GetAsync("a", CancellationToken.None).AsTask());
        _answer = _ => Task.FromResult<string?>("there");

        (await recent.GetAsync("a", CancellationToken.None)).ShouldBe("there");
        _asked.Count.ShouldBe(3);
    }

    [Fact]
    public async Task What_is_forgotten_is_asked_for_anew()
    {
        var recent = Create();
        await recent.GetAsync("a", CancellationToken.None);
        await recent.GetAsync("b", CancellationToken.None);

        recent.Forget(value => value == "a!");

        await recent.GetAsync("a", CancellationToken.None);
        await recent.GetAsync("b", CancellationToken.None);
        _asked.ShouldBe(["a", "b", "a"]);
    }

    private sealed class Clock : TimeProvider
    {
        public long Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now;
    }
}
