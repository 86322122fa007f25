using ThanoSql.Catalog.Examinations;
using ThanoSql.Query;
using ThanoSql.Storage;

namespace ThanoSql.Indexer.Doctor.Checks;

/// <summary>
/// Notifications are wired: that of a test object reaches the broker, if the store sends it there, and is taken in by a process that runs. The object
/// is removed before anybody is waited for, so that hardly anything can be left of a doctor that is killed.
/// </summary>
internal sealed class EventCheck(Patient patient) : ICheck
{
    private const string NotSent =
        "Turn notifications on: thanosql store init. Until then only sweeps find new pictures.";

    public string Name => "events";

    public async Task<Finding> RunAsync(CancellationToken cancellationToken)
    {
        if (patient.Store is not { } store)
            return Finding.Skipped("there is no store (see store)");
        var workers = await patient.WorkersAsync(cancellationToken);
        var takers = workers.Count > 0 || (await patient.ServicesAsync().WaitAsync(cancellationToken)).Any(s => s.Trouble is null);
        var asksBroker = patient is { IsS3: true, HasBroker: true };
        if (!takers && !asksBroker)
            return Finding.Skipped("no worker runs that could take an event in");
        try
        {
            if (await BucketLook.WhyAbsentAsync(patient, store, cancellationToken) is not null)
                return Finding.Skipped("nothing is written where the store is not the known one (see store)");
            await using var broker = asksBroker ? await BrokerEar.OpenAsync(patient, cancellationToken) : null;
            await using var takenIn = takers && await patient.DatabaseAsync() is { } database
                ? await ProbeNotices.ListenAsync(database, cancellationToken)
                : null;
            if (broker is null && takenIn is null)
                return Finding.Skipped("nobody could be asked: neither the broker nor the database answers (see bus, database)");
            var since = Stopwatch.GetTimestamp();
            var path = await SendAsync(store, cancellationToken);
            var heard = await HearAsync(broker, takenIn, path.Key, cancellationToken);
            return Judge(heard, broker is not null, takenIn is not null, workers, Stopwatch.GetElapsedTime(since));
        }
        catch (BrokerEar.NoExchangeException absent)
        {
            return Finding.Failed(absent.Message, NotSent);
        }
        catch (StoreException refused)
        {
            return Finding.Skipped($"the store takes no test object ({refused.Message}; see store, uploads)");
        }
    }

    private async Task<ObjectPath> SendAsync(IObjectStore store, CancellationToken cancellationToken)
    {
        await using var probe = await TestObject.PutAsync(store, patient.Bucket, "thanosql doctor listens"u8.ToArray(), cancellationToken);
        return probe.Path;
    }

    /// <summary>Waits for both, and takes what was heard when the time is over.</summary>
    private async Task<(bool Broker, bool Worker)> HearAsync(
        BrokerEar? broker, ProbeNotices.Listener? takenIn, string key, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        over.CancelAfter(patient.Patience);
        // A folder's watcher may look when a file is gone again already: it tells of the deletion then
        var (sent, taken) = (Wait(broker?.HearAsync(key, over.Token)), Wait(takenIn?.HearAsync(key, alsoDeleted: !patient.IsS3, over.Token)));
        return (await sent, await taken);

        static async Task<bool> Wait(Task? heard)
        {
            if (heard is null)
                return false;
            try
            {
                await heard;
                return true;
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }
    }

    private static Finding Judge(
        (bool Broker, bool Worker) heard, bool askedBroker, bool askedTakers, IReadOnlyList<LivingWorker> workers, TimeSpan took)
    {
        var after = string.Create(CultureInfo.InvariantCulture, $"after {took.TotalMilliseconds:0} ms");
        if (heard.Worker)
            return Finding.Ok($"the event of a test object was taken in {after}");
        if (askedBroker && !heard.Broker)
            return Finding.Failed($"the store sent no event of a test object to the broker {after}", NotSent);
        if (!askedTakers)
            return Finding.Ok($"the event of a test object reached the broker {after}; nobody runs, or can be asked, who takes it in");
        if (workers.Any(w => w.Version != Product.Version))
            return Finding.Warning("a worker of another release does not tell whether it took the event in", "Update it (see versions).");
        return Finding.Failed(
            $"nobody took the event of a test object in {after}",
            workers.Count == 0
                ? "Start thanosql worker, or let the store push to POST /api/v1/events."
                : "Look at the worker's log. A folder that is watched from another machine, or by more folders than fs.inotify.max_user_watches, "
                    + "sends no events: sweeps find new pictures later. A worker that is busy needs more time: --seconds.");
    }
}
