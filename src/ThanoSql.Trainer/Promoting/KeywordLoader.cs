using System.Threading.Channels;

namespace ThanoSql.Trainer.Promoting;

/// <summary>Gives a version its first answers from the cached embeddings. Reading, scoring and writing go on beside each other.</summary>
internal sealed class KeywordLoader(NpgsqlDataSource database, HeadCache heads)
{
    private const int Batch = 2048;
    private const int Ahead = 4; // batches

    /// <param name="versionId">A version without a keyword partition; it has one afterwards.</param>
    /// <param name="contents">In ascending order. Those without an embedding get no answer.</param>
    /// <param name="report">How many contents are done.</param>
    /// <param name="cancellationToken">Leaves nothing behind.</param>
    public async Task LoadAsync(long versionId, IReadOnlyCollection<long> contents, Action<long> report, CancellationToken cancellationToken)
    {
        var head = await heads.GetAsync(versionId, cancellationToken);
        await using var load = await KeywordLoad.BeginAsync(database, versionId, cancellationToken);
        await EachBatchAsync(head, contents, KeywordWriter.Kept, load.WriteAsync, report, cancellationToken);
        await load.CompleteAsync(contents, cancellationToken);
    }

    /// <summary>The best label of each content, by a head that need not be a version's.</summary>
    /// <param name="trial">Takes them.</param>
    /// <param name="head">Of the trunk whose embeddings are read.</param>
    /// <param name="contents">As in <see cref="LoadAsync"/>.</param>
    /// <param name="report">How many contents are done.</param>
    /// <param name="cancellationToken">Stops between two batches.</param>
    public Task TryAsync(
        KeywordTrial trial, VersionHead head, IReadOnlyCollection<long> contents, Action<long> report, CancellationToken cancellationToken) =>
        EachBatchAsync(head, contents, 1, trial.WriteAsync, report, cancellationToken);

    private async Task EachBatchAsync(
        VersionHead head, IReadOnlyCollection<long> contents, int ranks, Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> write,
        Action<long> report, CancellationToken cancellationToken)
    {
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var batches = Channel.CreateBounded<Task<ReadOnlyMemory<byte>>>(Ahead);
        var reading = ReadAsync(head, contents, ranks, batches.Writer, failed.Token);
        try
        {
            var done = 0L;
            await foreach (var batch in batches.Reader.ReadAllAsync(cancellationToken))
            {
                await write(await batch, cancellationToken);
                report(done = Math.Min(done + Batch, contents.Count));
            }
            await reading;
        }
        finally
        {
            await failed.CancelAsync();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ReadAsync(
        VersionHead head, IEnumerable<long> contents, int ranks, ChannelWriter<Task<ReadOnlyMemory<byte>>> batches,
        CancellationToken cancellationToken)
    {
        try
        {
            foreach (var batch in contents.Chunk(Batch))
            {
                var stored = await TrainingEmbeddings.LoadAsync(database, head.TrunkId, 1, batch, cancellationToken);
                await batches.WriteAsync(Task.Run(() => Answers(head, stored, ranks), cancellationToken), cancellationToken);
            }
        }
        finally
        {
            batches.Complete();
        }
    }

    private static ReadOnlyMemory<byte> Answers(VersionHead head, List<StoredEmbedding> stored, int ranks) => KeywordRows.Of(
        head.VersionId, KeywordWriter.Answers(head, stored.ConvertAll(e => (e.ContentId, e.Vector))).Where(row => row.Rank <= ranks));
}
