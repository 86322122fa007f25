namespace ThanoSql.Worker.Stages;

/// <summary>One lane for each set of tables that images belong to: in a lane one transaction after another, the lanes beside one another.</summary>
/// <param name="most">Images in one transaction.</param>
/// <param name="write">Handles all that may go wrong with a batch; what it throws ends all lanes.</param>
/// <param name="cancellationToken">Ends all lanes.</param>
internal sealed class WriteLanes(int most, Func<TableBatch, CancellationToken, Task> write, CancellationToken cancellationToken)
{
    private readonly Dictionary<string, (Channel<TableBatch> Queue, Task Loop)> _lanes = [];
    private readonly TaskCompletionSource _failure = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Never ends but by the error of a lane.</summary>
    public Task Failure => _failure.Task;

    /// <summary>Not for two threads at once.</summary>
    public void Add(TableBatch batch)
    {
        var key = string.Join(',', batch.Tables.Select(t => $"{t.Name}\0{t.Columns.Keyword}"));
        if (!_lanes.TryGetValue(key, out var lane))
        {
            var queue = Channel.CreateUnbounded<TableBatch>(); // bounded by what is in flight
            _lanes[key] = lane = (queue, RunAsync(queue.Reader));
        }
        lane.Queue.Writer.TryWrite(batch);
    }

    /// <summary>Writes what was added; nothing is added any more.</summary>
    public Task CompleteAsync()
    {
        foreach (var (queue, _) in _lanes.Values)
            queue.Writer.Complete();
        return Task.WhenAll(_lanes.Values.Select(l => l.Loop));
    }

    private async Task RunAsync(ChannelReader<TableBatch> queue)
    {
        try
        {
            while (await queue.WaitToReadAsync(cancellationToken))
            {
                foreach (var batch in Take(queue))
                    await write(batch, cancellationToken);
            }
        }
        catch (Exception error)
        {
            _failure.TrySetException(error);
            throw;
        }
    }

    /// <summary>
    /// As few batches as may be of what waits; images that were tried before each alone, since one of them may be what their table refuses.
    /// </summary>
    private IEnumerable<TableBatch> Take(ChannelReader<TableBatch> queue)
    {
        var waiting = new List<TableBatch>();
        for (var count = 0; count < most && queue.TryRead(out var batch); count += batch.Works.Count)
            waiting.Add(batch);
        foreach (var assigned in waiting.GroupBy(b => b.Serving))
        {
            var works = assigned.SelectMany(b => b.Works).ToLookup(w => w.Image.Attempts > 1);
            foreach (var some in works[false].Chunk(most).Concat(works[true].Select(w => new[] { w })))
                yield return assigned.First() with { Works = some };
        }
    }
}
