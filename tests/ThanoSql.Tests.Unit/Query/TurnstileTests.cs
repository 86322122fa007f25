using ThanoSql.Planning;
using ThanoSql.Query.Execution;

namespace ThanoSql.Tests.Unit.Query;

public class TurnstileTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tokens_take_turns_however_much_one_of_them_asks_for()
    {
        var turnstile = Of(atOnce: 1, ofToken: 2);
        var first = await turnstile.EnterAsync("greedy", Cancellation);
        var order = new List<string>();
        var waiting = new[] { "greedy", "greedy", "greedy", "modest", "other" }.Select(t => EnterAsync(turnstile, t, order)).ToList();

        first.Dispose();
        await Task.WhenAll(waiting);

        order.ShouldBe(["greedy", "modest", "other", "greedy", "greedy"]);
    }

    [Fact]
    public async Task A_token_whose_results_are_still_being_sent_keeps_nobody_else_from_working()
    {
        var turnstile = Of(atOnce: 1, ofToken: 1, waiting: 0);
        var sending = await turnstile.EnterAsync("slow reader", Cancellation);

        sending.EndWork();

        (await turnstile.EnterAsync("other", Cancellation)).Dispose();
        (await RefusedAsync(turnstile, "slow reader")).ShouldBe(ErrorCode.TooManyRequests);
        sending.Dispose();
        (await turnstile.EnterAsync("slow reader", Cancellation)).Dispose();
    }

    [Fact]
    public async Task A_turn_lasts_until_the_server_has_let_go()
    {
        var turnstile = Of(atOnce: 1, ofToken: 1, waiting: 0);
        var gone = new TaskCompletionSource();
        var turn = await turnstile.EnterAsync("hostile", Cancellation);
        turn.HoldUntil(gone.Task);

        turn.Dispose();
        (await RefusedAsync(turnstile, "other")).ShouldBe(ErrorCode.Busy);
        gone.SetResult();

        Turn? next = null;
        for (var deadline = DateTime.UtcNow.AddSeconds(30); next is null; await Task.Yield())
        {
            DateTime.UtcNow.ShouldBeLessThan(deadline);
            try
            {
                next = await turnstile.EnterAsync("other", Cancellation);
            }
            catch (QueryException)
            {
                // not yet
            }
        }
        next.Dispose();
    }

    [Fact]
    public async Task Who_gives_up_waiting_leaves_no_gap()
    {
        var turnstile = Of(atOnce: 1, ofToken: 1);
        var first = await turnstile.EnterAsync("a", Cancellation);
        using var impatient = new CancellationTokenSource();
        var gone = turnstile.EnterAsync("b", impatient.Token);
        var order = new List<string>();
        var patient = EnterAsync(turnstile, "c", order);

        await impatient.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => gone);
        first.Dispose();
        await patient;

        order.ShouldBe(["c"]);
        (await turnstile.EnterAsync("b", Cancellation)).Dispose();
    }

    [Fact]
    public async Task Of_the_whole_and_of_the_token_the_limit_that_was_met_is_told()
    {
        var turnstile = Of(atOnce: 2, ofToken: 1, waiting: 0);
        using var first = await turnstile.EnterAsync("a", Cancellation);

        (await RefusedAsync(turnstile, "a")).ShouldBe(ErrorCode.TooManyRequests);
        using var second = await turnstile.EnterAsync("b", Cancellation);
        (await RefusedAsync(turnstile, "c")).ShouldBe(ErrorCode.Busy);
    }

    private static Turnstile Of(int atOnce, int ofToken, int waiting = 100) =>
        new(new TurnLimits(atOnce, ofToken, waiting, waiting, TimeSpan.FromMinutes(5), ("things", "AtOnce", "TokenAtOnce")), TimeProvider.System);

    private static async Task EnterAsync(Turnstile turnstile, string token, List<string> order)
    {
        using var turn = await turnstile.EnterAsync(token, Cancellation);
        lock (order)
            order.Add(token);
    }

    private static async Task<ErrorCode> RefusedAsync(Turnstile turnstile, string token) =>
        (await Should.ThrowAsync<QueryException>(() => turnstile.EnterAsync(token, Cancellation))).Code;
}
