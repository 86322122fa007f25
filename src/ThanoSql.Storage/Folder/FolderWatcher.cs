using System.Threading.Channels;
using ThanoSql.Messages;

namespace ThanoSql.Storage.Folder;

/// <summary>
/// Reports what any process writes, moves or deletes below a bucket of a <see cref="FolderStore"/>, each file once it is complete:
/// closed by its writer, or moved into place. Works on local file systems; a network file system reports only this machine's changes,
/// the sweep finds the rest.
/// </summary>
public sealed class FolderWatcher : IAsyncDisposable
{
    private const int Capacity = 4096;
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private readonly Channel<ObjectChanged> _events =
        Channel.CreateBounded<ObjectChanged>(new BoundedChannelOptions(Capacity) { SingleWriter = true });
    private readonly CancellationTokenSource _stop = new();
    private readonly Inotify _inotify = new();
    private readonly string _bucket;
    private readonly Action _rescanNeeded;
    private readonly TimeProvider _time;
    private readonly WatchedTree _tree;
    private readonly SettlingFiles _settling;
    private readonly Task _loop;
    private bool _disposed;

    /// <summary>Watches from now on: list the bucket after this, and nothing is missed.</summary>
    /// <param name="store">Where the bucket lies.</param>
    /// <param name="bucket">Must exist.</param>
    /// <param name="rescanNeeded">Called, from any thread, when changes were lost or a whole folder was moved away: list the bucket again.</param>
    /// <param name="time">Stamps the events.</param>
    /// <exception cref="WatchLimitException">Linux watches no more folders.</exception>
    public FolderWatcher(FolderStore store, string bucket, Action rescanNeeded, TimeProvider time)
    {
        (_bucket, _rescanNeeded, _time) = (bucket, rescanNeeded, time);
        store.Layout.Bucket(bucket).Dispose(); // it must be there
        _tree = new WatchedTree(_inotify, store.Layout, bucket);
        _settling = new SettlingFiles(_tree);
        try
        {
            _tree.Add("");
        }
        catch
        {
            _inotify.Dispose();
            throw;
        }
        _loop = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>
    /// The changes in the order in which they happened. A slow reader is waited for. Ends with the watcher; throws
    /// <see cref="StoreUnavailableException"/> when the bucket's folder itself disappears.
    /// </summary>
    public ChannelReader<ObjectChanged> Events => _events.Reader;

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true))
            return;
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _inotify.Dispose();
        _stop.Dispose();
    }

    private void Run()
    {
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                foreach (var change in _inotify.Read(Patience))
                    Follow(change);
                foreach (var key in _settling.TakeComplete())
                    Report(deleted: false, key);
                if (!_tree.IsAlive)
                    throw new StoreUnavailableException($"The folder of bucket '{_bucket}' is gone.");
            }
            _events.Writer.Complete();
        }
        catch (OperationCanceledException)
        {
            _events.Writer.Complete();
        }
        catch (Exception exception)
        {
            _events.Writer.Complete(exception);
        }
    }

    private void Follow(FolderChange change)
    {
        if (change.Is(Change.QueueOverflow))
        {
            _tree.Add("");
            _rescanNeeded();
        }
        else if (change.Is(Change.WatchEnded))
        {
            _tree.Ended(change.Watch);
        }
        else if (_tree.PrefixOf(change.Watch) is { } prefix && FileNames.IsObject(change.Name))
        {
            if (change.Is(Change.Directory))
                FollowFolder(change, $"{prefix}{change.Name}/");
            else
                FollowFile(change, prefix + change.Name);
        }
    }

    private void FollowFolder(FolderChange change, string prefix)
    {
        if (change.Is(Change.Created | Change.MovedTo))
        {
            _settling.Add(_tree.Add(prefix));
        }
        else if (change.Is(Change.MovedFrom))
        {
            _tree.Remove(prefix);
            _rescanNeeded();
        }
    }

    private void FollowFile(FolderChange change, string key)
    {
        if (change.Is(Change.ClosedAfterWriting | Change.MovedTo))
            Report(deleted: false, key);
        else if (change.Is(Change.Created))
            _settling.AddIfHardLink(key);
        else if (change.Is(Change.Deleted | Change.MovedFrom))
            Report(deleted: true, key);
    }

    private void Report(bool deleted, string key)
    {
        if (!ObjectPath.TryCreate(_bucket, key, out var path))
            return; // a listing reports it as unusable
        var found = deleted ? null : _tree.FileAt(key);
        if (!deleted && found is null)
            return; // gone again: its deletion is on its way
        var observed = new ObjectChanged
        {
            Bucket = path.Bucket,
            Key = path.Key,
            Deleted = deleted,
            Source = "folder",
            ETag = found?.ETag,
            Size = found?.Size,
            Time = _time.GetUtcNow(),
        };
        while (!_events.Writer.TryWrite(observed))
            _events.Writer.WaitToWriteAsync(_stop.Token).AsTask().GetAwaiter().GetResult();
    }
}
