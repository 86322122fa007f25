using ThanoSql.Vision.Inference.Batching;

namespace ThanoSql.Tests.Unit.Vision.Inference.Batching;

public sealed class BatchStageTests
{
    private static readonly int[] Sizes = [1, 4, 16];
    private static readonly TimeSpan Forever = TimeSpan.FromMinutes(10);

    private readonly List<Exception> _failures = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_full_batch_leaves_at_once()
    {
        var runner = Runner();
        using var stage = await StageAsync(runner, Forever);
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => stage.EmbedAsync([(byte)i]))).WaitAsync(Cancellation);

        for (var i = 0; i < 16; i++)
            answers[i].ShouldBe(TestRunner.Expected(i));
        runner.Sizes.Sum().ShouldBeGreaterThanOrEqualTo(16);
    }

    [Fact]
    public async Task A_lone_picture_leaves_after_the_wait()
    {
        var runner = Runner();
        using var stage = await StageAsync(runner, TimeSpan.FromMilliseconds(1));

        (await stage.EmbedAsync([90]).WaitAsync(Cancellation)).ShouldBe(TestRunner.Expected(90));
        runner.Sizes.ShouldBe([1]);
    }

    [Fact]
    public async Task A_second_batch_is_filled_while_the_first_runs_and_then_the_caller_waits()
    {
        using var running = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        var runner = Runner(n =>
        {
            running.Set();
            goOn.Wait();
        });
        using var stage = await StageAsync(runner, Forever);
        var first = Enumerable.Range(0, 16).Select(i => stage.EmbedAsync([(byte)i])).ToList();
        running.Wait(Cancellation);
        var second = Enumerable.Range(16, 16).Select(i => stage.EmbedAsync([(byte)i])).ToList();
        var third = Task.Factory.StartNew(() => stage.EmbedAsync([200]), TaskCreationOptions.LongRunning);

        first.Concat(second).ShouldAllBe(t => !t.IsCompleted);
        third.IsCompleted.ShouldBeFalse();
        goOn.Set();
        (await Task.WhenAll(first.Concat(second)).WaitAsync(Cancellation)).ShouldAllBe(a => a != null);
        var taken = await third.WaitAsync(Cancellation);
        stage.Dispose();
        (await taken).ShouldBe(TestRunner.Expected(200));
    }

    [Fact]
    public async Task Under_many_threads_each_picture_gets_its_own_answer()
    {
        using var stage = await StageAsync(Runner(), TimeSpan.FromMilliseconds(1));
        var threads = Enumerable.Range(0, 8).Select(t => Task.Factory.StartNew(
            async () =>
            {
                for (var i = 0; i < 500; i++)
                {
                    var picture = (byte)((i * 8) + t);
                    (await stage.EmbedAsync([picture])).ShouldBe(TestRunner.Expected(picture));
                }
            },
            TaskCreationOptions.LongRunning).Unwrap());

        await Task.WhenAll(threads).WaitAsync(Cancellation);
        _failures.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_run_that_fails_leaves_nobody_waiting_and_is_told_once()
    {
        using var running = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        var runner = Runner(n =>
        {
            running.Set();
            goOn.Wait();
            throw new InvalidOperationException("the card is gone");
        });
        using var stage = await StageAsync(runner, TimeSpan.FromMilliseconds(1));
        var answers = new List<Task<Half[]?>> { stage.EmbedAsync([0]) };
        running.Wait(Cancellation);
        answers.AddRange(Enumerable.Range(1, 16).Select(i => stage.EmbedAsync([(byte)i])));
        var beyond = Task.Run(() => stage.EmbedAsync([17]), Cancellation);
        goOn.Set();

        (await Task.WhenAll(answers).WaitAsync(Cancellation)).ShouldAllBe(a => a == null);
        (await beyond).ShouldBeNull();
        stage.IsReady.ShouldBeFalse();
        (await stage.EmbedAsync([1])).ShouldBeNull();
        stage.Dispose();
        _failures.ShouldHaveSingleItem().Message.ShouldBe("the card is gone");
        runner.IsDisposed.ShouldBeTrue();
    }

    [Fact]
    public async Task A_warm_up_that_fails_is_told_and_nothing_is_taken()
    {
        var runner = new TestRunner { WarmUps = 3, Before = _ => throw new InvalidOperationException("out of memory") };
        using var stage = new BatchStage(runner, Sizes, Forever, _failures.Add);

        await Should.ThrowAsync<InvalidOperationException>(() => stage.Warm.WaitAsync(Cancellation));
        await stage.FirstRun; // the smallest size had run
        stage.IsReady.ShouldBeFalse();
        (await stage.EmbedAsync([1])).ShouldBeNull();
        stage.Dispose();
        _failures.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Disposing_answers_those_inside_first()
    {
        var runner = Runner();
        var stage = await StageAsync(runner, Forever);
        var inside = Enumerable.Range(0, 5).Select(i => stage.EmbedAsync([(byte)i])).ToList();
        stage.Dispose();

        for (var i = 0; i < 5; i++)
            (await inside[i]).ShouldBe(TestRunner.Expected(i));
        (await stage.EmbedAsync([1])).ShouldBeNull();
        runner.IsDisposed.ShouldBeTrue();
        _failures.ShouldBeEmpty();
    }

    [Fact]
    public async Task Pixels_of_another_size_are_refused()
    {
        using var stage = await StageAsync(Runner(), Forever);
        Should.Throw<ArgumentException>(() => { _ = stage.EmbedAsync([1, 2]); });
    }

    private static TestRunner Runner(Action<int>? before = null) => new() { WarmUps = 2 * Sizes.Length, Before = before ?? (_ => { }) };

    private async Task<BatchStage> StageAsync(TestRunner runner, TimeSpan wait)
    {
        var stage = new BatchStage(runner, Sizes, wait, _failures.Add);
        await stage.Warm.WaitAsync(Cancellation);
        return stage;
    }
}
