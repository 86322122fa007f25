using System.Collections.Concurrent;

namespace ThanoSql.Worker.Stages;

/// <summary>
/// Waits for a table that somebody holds before anything else is held: a transaction that waited would keep models and pipelines from everybody.
/// </summary>
internal sealed class TableGate(TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    // What was waited for in vain is asked for briefly from then on: its images would fill the places of others'
    private static readonly TimeSpan KnownPatience = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<string, bool> _closed = new();

    /// <exception cref="TableTroubleException">Somebody holds one of the tables; the message says who.</exception>
    public async Task EnterAsync(TableSession session, IReadOnlyList<PipelineTable> tables, CancellationToken cancellationToken)
    {
        foreach (var table in tables)
        {
            if (await TryAsync(session, table, cancellationToken) is { } reason)
            {
                _closed[table.Name] = true;
                throw new TableTroubleException(reason);
            }
            _closed.TryRemove(table.Name, out _);
        }
    }

    /// <returns>Null when rows of the table can be written.</returns>
    private async Task<string?> TryAsync(TableSession session, PipelineTable table, CancellationToken cancellationToken)
    {
        var patience = _closed.ContainsKey(table.Name) ? KnownPatience : Patience;
        await using var watch = session.Watch(patience / 2);
        if (await session.CanWriteAsync(table, patience, cancellationToken))
            return null;
        return watch.Holder?.Words(table.Name, time.GetUtcNow()) ?? $"waits for a lock on {table.Name}";
    }
}
