using System.Diagnostics;

namespace ThanoSql.Vision.Inference.Batching;

/// <summary>
/// Gathers pictures of many threads into batches and runs them on a thread of its own, the only one that touches the runner. Batches have few
/// sizes, which are warmed first, and a batch that has fewer pictures is filled up. While one runs the next is filled; it leaves when it is full,
/// or when its first picture has waited long enough. When the runner fails, nothing is lost: whoever waits is told to go elsewhere.
/// </summary>
internal sealed class BatchStage : IDisposable
{
    private static readonly Task<Half[]?> Nothing = Task.FromResult<Half[]?>(null);

    private readonly object _gate = new();
    private readonly IBatchRunner _runner;
    private readonly IReadOnlyList<int> _sizes;
    private readonly TimeSpan _wait;
    private readonly Action<Exception> _failed;
    private readonly Thread _owner;
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _warm = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Batch? _filling;
    private Batch? _spare;
    private bool _closed;

    /// <param name="runner">Owned from here on.</param>
    /// <param name="sizes">Pictures of a run, rising.</param>
    /// <param name="wait">How long a picture waits for others.</param>
    /// <param name="failed">Called once, on the stage's thread, when the runner fails.</param>
    public BatchStage(IBatchRunner runner, IReadOnlyList<int> sizes, TimeSpan wait, Action<Exception> failed)
    {
        (_runner, _sizes, _wait, _failed) = (runner, sizes, wait, failed);
        _owner = new Thread(Own) { Name = "batches", IsBackground = true };
        _owner.Start();
    }

    /// <summary>Ends when the smallest batch has run; faulted when it did not.</summary>
    public Task FirstRun => _first.Task;

    /// <summary>Ends when every size has run; faulted when one did not.</summary>
    public Task Warm => _warm.Task;

    /// <summary>Whether it takes pictures: it is warm, and nothing has failed.</summary>
    public bool IsReady => _warm.Task.IsCompletedSuccessfully && !Volatile.Read(ref _closed);

    private int Largest => _sizes[^1];

    /// <summary>
    /// Takes a picture; the caller's memory is free again on return. Blocks while two batches are full, which bounds what is in flight.
    /// </summary>
    /// <param name="pixels">[side, side, 3].</param>
    /// <returns>Null when this stage has no answer (it failed, was disposed, or float16 was too narrow): another one must be asked.</returns>
    public Task<Half[]?> EmbedAsync(ReadOnlySpan<byte> pixels)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(pixels.Length, _runner.PictureBytes);
        var answer = new TaskCompletionSource<Half[]?>(TaskCreationOptions.RunContinuationsAsynchronously);
        Batch batch;
        int place;
        lock (_gate)
        {
            while (!_closed && _filling?.Answers.Count == Largest)
                Monitor.Wait(_gate);
            if (_closed || _filling is null)
                return Nothing;
            batch = _filling;
            place = batch.Answers.Count;
            batch.Answers.Add(answer);
            if (place == 0)
                batch.Since = Stopwatch.GetTimestamp();
            if (place == 0 || place + 1 == Largest)
                Monitor.PulseAll(_gate);
        }
        pixels.CopyTo(batch.Memory.Picture(place));
        lock (_gate)
        {
            batch.Written++;
            if (batch != _filling)
                Monitor.PulseAll(_gate);
        }
        return answer.Task;
    }

    /// <summary>Pictures that are inside get their answers; the runner is freed.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }
        _owner.Join();
    }

    private void Own()
    {
        Exception? error = null;
        try
        {
            if (WarmUp() is { } plan)
            {
                while (Next() is { } batch)
                    Run(batch, plan);
            }
        }
        catch (Exception e)
        {
            // Whatever it is, the pictures must get an answer
            error = e;
        }
        Close();
        End(_first, error);
        End(_warm, error);
        if (error is not null)
            _failed(error);
    }

    private static void End(TaskCompletionSource source, Exception? error)
    {
        if (error is null)
            source.TrySetCanceled();
        else
            source.TrySetException(error);
        _ = source.Task.Exception; // nobody has to ask
    }

    /// <returns>Null when it was disposed meanwhile.</returns>
    private BatchPlan? WarmUp()
    {
        _spare = new Batch(_runner.Allocate(Largest));
        lock (_gate)
            _filling = new Batch(_runner.Allocate(Largest));
        var runs = new List<(int, double)>();
        foreach (var size in _sizes)
        {
            if (Volatile.Read(ref _closed))
                return null;
            _runner.Run(_spare.Memory, 0, size);
            for (var i = 0; i < size; i++)
            {
                if (!IsFinite(_spare.Memory.Embedding(i)))
                    throw new InvalidDataException("It answers an empty picture with numbers that are not finite: float16 is too narrow for it.");
            }
            _first.TrySetResult();
            var start = Stopwatch.GetTimestamp();
            _runner.Run(_spare.Memory, 0, size);
            runs.Add((size, Stopwatch.GetElapsedTime(start).TotalSeconds));
        }
        _warm.TrySetResult();
        return new BatchPlan(runs);
    }

    /// <summary>The next batch, all of whose pictures are there; null when it is disposed and empty.</summary>
    private Batch? Next()
    {
        lock (_gate)
        {
            while (_filling!.Answers.Count == 0)
            {
                if (_closed)
                    return null;
                Monitor.Wait(_gate);
            }
            while (!_closed && _filling.Answers.Count < Largest && _wait - Stopwatch.GetElapsedTime(_filling.Since) is { Ticks: > 0 } left)
                Monitor.Wait(_gate, TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)));
            var batch = _filling;
            (_filling, _spare) = (_spare, batch);
            Monitor.PulseAll(_gate);
            while (batch.Written < batch.Answers.Count)
                Monitor.Wait(_gate);
            return batch;
        }
    }

    private void Run(Batch batch, BatchPlan plan)
    {
        var count = batch.Answers.Count;
        for (var done = 0; done < count;)
        {
            var size = plan.Next(count - done);
            // One that would reach beyond the memory begins earlier
            _runner.Run(batch.Memory, Math.Min(done, Largest - size), size);
            for (var end = Math.Min(count, done + size); done < end; done++)
                batch.Answers[done].SetResult(Rounded(batch.Memory.Embedding(done)));
        }
        batch.Clear();
    }

    private static Half[]? Rounded(ReadOnlySpan<float> embedding)
    {
        if (!IsFinite(embedding))
            return null;
        var rounded = new Half[embedding.Length];
        TensorPrimitives.ConvertToHalf(embedding, rounded);
        return rounded;
    }

    // Its length is 1: the sum is finite when each value is
    private static bool IsFinite(ReadOnlySpan<float> embedding) => float.IsFinite(TensorPrimitives.SumOfSquares(embedding));

    private void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
            foreach (var batch in new[] { _filling, _spare }.OfType<Batch>())
            {
                // Others may still be copying into its memory
                while (batch.Written < batch.Answers.Count)
                    Monitor.Wait(_gate);
                batch.Answers.ForEach(a => a.TrySetResult(null));
                batch.Memory.Dispose();
            }
            (_filling, _spare) = (null, null);
        }
        _runner.Dispose();
    }

    private sealed class Batch(BatchMemory memory)
    {
        public BatchMemory Memory { get; } = memory;

        /// <summary>One for each picture that has a place.</summary>
        public List<TaskCompletionSource<Half[]?>> Answers { get; } = [];

        /// <summary>Pictures whose pixels are there.</summary>
        public int Written { get; set; }

        /// <summary>When its first picture came.</summary>
        public long Since { get; set; }

        public void Clear()
        {
            Answers.Clear();
            Written = 0;
        }
    }
}
