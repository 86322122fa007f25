using System.Threading.Channels;
using ThanoSql.Messages;

namespace ThanoSql.Catalog.Examinations;

/// <summary>
/// By these <c>thanosql doctor</c> hears that an event of its test object came through, whichever process took it in. Nothing is kept of them.
/// </summary>
public static class ProbeNotices
{
    private const string Channel = "thanosql_probe";

    /// <summary>Tells whoever listens that these events were taken in. No event fails for it: a doctor that hears nothing says so.</summary>
    internal static async Task TellAsync(NpgsqlDataSource database, IEnumerable<ObjectChanged> probes, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var probe in probes)
                await database.Command($"SELECT pg_catalog.pg_notify('{Channel}', $1)", Notice(probe)).RunAsync(cancellationToken);
        }
        catch (NpgsqlException)
        {
            // Who took the others in meets it, too
        }
    }

    /// <summary>Listens from now on, on a connection of its own, until it is disposed.</summary>
    public static async Task<Listener> ListenAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(database);
        var connection = await database.OpenConnectionAsync(cancellationToken);
        try
        {
            var listener = new Listener(connection);
            await connection.Command($"LISTEN {Channel}").RunAsync(cancellationToken);
            return listener;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static string Notice(ObjectChanged probe) => $"{(probe.Deleted ? "deleted" : "created")} {probe.Key}";

    /// <summary>Hears what is told.</summary>
    public sealed class Listener : IAsyncDisposable
    {
        private readonly NpgsqlConnection _connection;
        private readonly Channel<string> _heard = System.Threading.Channels.Channel.CreateUnbounded<string>();

        internal Listener(NpgsqlConnection connection)
        {
            _connection = connection;
            connection.Notification += (_, told) => _heard.Writer.TryWrite(told.Payload);
        }

        /// <summary>Ends when somebody took in an event of this key.</summary>
        /// <param name="key">The probe's.</param>
        /// <param name="alsoDeleted">Whether one of its deletion will do.</param>
        /// <param name="cancellationToken">Gives up.</param>
        public async Task HearAsync(string key, bool alsoDeleted, CancellationToken cancellationToken)
        {
            while (true)
            {
                while (_heard.Reader.TryRead(out var notice))
                {
                    if (notice == $"created {key}" || alsoDeleted && notice == $"deleted {key}")
                        return;
                }
                await _connection.WaitAsync(cancellationToken);
            }
        }

        public ValueTask DisposeAsync() => _connection.DisposeAsync();
    }
}
