using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;
using ThanoSql.Catalog;

namespace ThanoSql.Benchmarks.Indexing;

/// <summary>From a file in the bucket to its committed row: with nothing else to do, and while the program works off a million images.</summary>
internal static class LagBenchmark
{
    public const string Description = "from a file to its committed row, idle and beside a backlog of 1,000,000 images";

    private const string Algorithm = "ConvNeXt_Atto";
    private const int WarmUp = 100;
    private const int Idle = 200;
    private const int Beside = 60;
    private const int Backlog = 1_000_000;
    private const int Files = 16_000; // more than are worked off meanwhile; the rest of the backlog is never reached

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongPause = TimeSpan.FromSeconds(1);

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        var program = await ProgramUnderTest.PublishAsync(cancellationToken);
        var photographs = await PhotographSet.OfFoodsAsync(cancellationToken);
        await using (var ours = await ProgramUnderTest.StartAsync(program, Algorithm, cancellationToken))
        {
            await using var rows = await CommittedRows.WatchAsync(ours.Database, cancellationToken);
            await MeasureAsync(ours, rows, photographs, 0, WarmUp, Pause, cancellationToken);
            Print("idle", await MeasureAsync(ours, rows, photographs, 1, Idle, Pause, cancellationToken));
        }
        await using (var ours = await ProgramUnderTest.StartAsync(program, Algorithm, cancellationToken, FillAsync))
        {
            await using var rows = await CommittedRows.WatchAsync(ours.Database, cancellationToken);
            Print($"beside a backlog of {Backlog:N0}", await MeasureAsync(ours, rows, photographs, 3, Beside, LongPause, cancellationToken));
            var indexed = await ours.Database.Owner.Command("SELECT count(*) FROM thanosql.image WHERE state = 'indexed'")
                .ScalarAsync<long>(cancellationToken);
            Console.WriteLine($"{indexed - Beside:N0} of the backlog were worked off meanwhile");
        }

        // As a sweep leaves them: the oldest first, of which there are files
        async Task FillAsync(string shop, OwnedDatabase database)
        {
            var backlog = Path.Combine(shop, "backlog");
            photographs.Write(backlog, 2, Files);
            await database.Owner.Command(
                """
                INSERT INTO thanosql.image (bucket, key, event_source, next_attempt_at)
                SELECT 'workspace', 'shop/backlog/' || coalesce(($1)[n], n::text), 'sweep', now() - interval '1 hour' + n * interval '1 millisecond'
                FROM generate_series(1, $2) AS n
                """,
                Directory.EnumerateFiles(backlog).Select(Path.GetFileName).ToArray(), Backlog).RunAsync(cancellationToken);
        }
    }

    private static void Print(string what, List<double> lags) =>
        Console.WriteLine(FormattableString.Invariant($"{what}: median {lags[lags.Count / 2]:0.0} ms, p99 {lags[(int)(0.99 * lags.Count)]:0.0} ms"));

    /// <returns>Milliseconds, sorted.</returns>
    private static async Task<List<double>> MeasureAsync(
        ProgramUnderTest ours, CommittedRows rows, PhotographSet photographs, int turn, int count, TimeSpan pause,
        CancellationToken cancellationToken)
    {
        var staged = Path.Combine(ours.Staging, "single");
        photographs.Write(staged, turn, count);
        var lags = new List<double>();
        foreach (var file in Directory.GetFiles(staged))
        {
            var name = Path.GetFileName(file);
            var row = rows.Expect($"shop/{name}");
            var since = Stopwatch.GetTimestamp();
            File.Move(file, Path.Combine(ours.Shop, name));
            lags.Add(Stopwatch.GetElapsedTime(since, await row.WaitAsync(TimeSpan.FromMinutes(1), cancellationToken)).TotalMilliseconds);
            await Task.Delay(pause, cancellationToken);
        }
        lags.Sort();
        return lags;
    }

    /// <summary>Hears of each committed row of the shop's table.</summary>
    private sealed class CommittedRows : IAsyncDisposable
    {
        private readonly NpgsqlConnection _connection;
        private readonly ConcurrentDictionary<string, TaskCompletionSource<long>> _expected = new();
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _listening;

        private CommittedRows(NpgsqlConnection connection)
        {
            _connection = connection;
            connection.Notification += (_, row) =>
            {
                if (_expected.TryRemove(row.Payload, out var expected))
                    expected.TrySetResult(Stopwatch.GetTimestamp());
            };
            _listening = Task.Run(ListenAsync);
        }

        public static async Task<CommittedRows> WatchAsync(OwnedDatabase database, CancellationToken cancellationToken)
        {
            var connection = new NpgsqlConnection(database.ConnectionString);
            await connection.OpenAsync(cancellationToken);
            await connection.Command(
                """
                CREATE FUNCTION public.tell() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS
                $$ BEGIN PERFORM pg_notify('rows', NEW.image_path); RETURN NULL; END $$;
                CREATE TRIGGER tell AFTER INSERT ON public.shop FOR EACH ROW EXECUTE FUNCTION public.tell();
                LISTEN rows
                """).RunAsync(cancellationToken);
            return new CommittedRows(connection);
        }

        /// <returns>When it was heard of, by <see cref="Stopwatch.GetTimestamp"/>.</returns>
        public Task<long> Expect(string path) =>
            (_expected[path] = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _listening;
            await _connection.DisposeAsync();
            _stop.Dispose();
        }

        private async Task ListenAsync()
        {
            try
            {
                while (true)
                    await _connection.WaitAsync(_stop.Token);
            }
            catch (OperationCanceledException)
            {
                // the end
            }
        }
    }
}
