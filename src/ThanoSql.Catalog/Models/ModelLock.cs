using System.Text;

namespace ThanoSql.Catalog.Models;

/// <summary>
/// One builder, re-keyer or rollback of a model at a time, in the whole installation. The lock goes when its holder's connection does.
/// </summary>
public sealed class ModelLock : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly NpgsqlConnection _connection;
    private readonly long _key;

    private ModelLock(NpgsqlConnection connection, long key) => (_connection, _key) = (connection, key);

    /// <summary>
    /// Waits for the lock of a model, whether or not the model exists yet. By asking again: a statement that waits in the database keeps its
    /// snapshot, for which a CREATE INDEX CONCURRENTLY waits, and that may be what its holder does.
    /// </summary>
    public static async Task<ModelLock> TakeAsync(NpgsqlDataSource database, string model, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await TryTakeAsync(database, model, cancellationToken) is { } taken)
                return taken;
            await Task.Delay(Pause, cancellationToken);
        }
    }

    /// <summary>The lock, or null when somebody has it.</summary>
    public static async Task<ModelLock?> TryTakeAsync(NpgsqlDataSource database, string model, CancellationToken cancellationToken)
    {
        var connection = await database.OpenConnectionAsync(cancellationToken);
        var key = Key(model);
        var taken = false;
        try
        {
            taken = await connection.Command("SELECT pg_try_advisory_lock($1)", key).ScalarAsync<bool>(cancellationToken);
            return taken ? new ModelLock(connection, key) : null;
        }
        finally
        {
            if (!taken)
                await connection.DisposeAsync();
        }
    }

    /// <summary>
    /// Gives the lock back at once: the pool would reset the session only when the connection is used again. Where that fails, the session has ended
    /// or is reset then.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _connection.Command("SELECT pg_advisory_unlock($1)", _key).RunAsync(CancellationToken.None);
        }
        catch (Exception gone) when (gone is NpgsqlException or InvalidOperationException)
        {
            // see above
        }
        finally
        {
            await _connection.DisposeAsync();
        }
    }

    private static long Key(string model) => BitConverter.ToInt64(SHA256.HashData(Encoding.UTF8.GetBytes("thanosql model " + model)));
}
