using ThanoSql.Catalog;

namespace ThanoSql.Tests.Unit.Catalog;

public sealed class GatheredLookupsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_asked_while_a_round_trip_is_under_way_goes_together_in_the_next()
    {
        var asked = new List<IReadOnlyList<int>>();
        var (began, first) = (new TaskCompletionSource(), new TaskCompletionSource());
        var lookups = new GatheredLookups<int, string>(async (keys, _) =>
        {
            asked.Add(keys);
            began.TrySetResult();
            await first.Task;
            return [.. keys.Select(key => $"answer {key}")];
        });

        var alone = lookups.GetAsync(1, Cancellation);
        await began.Task.WaitAsync(Cancellation);
        var together = new[] { 2, 3, 4 }.Select(key => lookups.GetAsync(key, Cancellation)).ToList();
        first.SetResult();

        (await alone).ShouldBe("answer 1");
        (await Task.WhenAll(together)).ShouldBe(["answer 2", "answer 3", "answer 4"]);
        asked.ShouldBe([[1], [2, 3, 4]]);
    }

    [Fact]
    public async Task An_error_is_of_those_who_asked_together_and_the_next_are_asked_anew()
    {
        var fails = true;
        var lookups = new GatheredLookups<int, int>((keys, _) => fails
            ? throw new InvalidOperationException("away")
            : Task.FromResult<IReadOnlyList<int>>([.. keys.Select(key => 10 * key)]));

        await Should.ThrowAsync<InvalidOperationException>(() => lookups.GetAsync(1, Cancellation));
        fails = false;

        (await lookups.GetAsync(2, Cancellation)).ShouldBe(20);
    }

    [Fact]
    public async Task Who_gives_up_waiting_leaves_the_others_theirs()
    {
        var answered = new TaskCompletionSource();
        var lookups = new GatheredLookups<int, int>(async (keys, _) =>
        {
            await answered.Task;
            return [.. keys.Select(key => 10 * key)];
        });
        using var impatient = new CancellationTokenSource();

        var given = lookups.GetAsync(1, impatient.Token);
        var waiting = lookups.GetAsync(2, Cancellation);
        await impatient.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => given);
        answered.SetResult();

        (await waiting).ShouldBe(20);
    }
}
