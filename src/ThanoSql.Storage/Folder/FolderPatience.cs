namespace ThanoSql.Storage.Folder;

/// <summary>
/// Runs file system calls. One that does not return, as on a network file system whose server is gone, holds up a thread and not its caller; when
/// many hang, no more are made until one returns.
/// </summary>
/// <param name="timeout">How long a call may take.</param>
internal sealed class FolderPatience(TimeSpan timeout)
{
    /// <summary>Calls that may hang at once.</summary>
    internal const int Most = 16;

    /// <summary>A folder of a million files takes a while to list.</summary>
    private const int ListingFactor = 10;

    private int _hanging;

    public TimeSpan Timeout => timeout;

    /// <exception cref="StoreUnavailableException">The call took too long; what it gives later is disposed.</exception>
    public Task<T> RunAsync<T>(object what, Func<T> call, CancellationToken cancellationToken) =>
        RunAsync(what, call, timeout, cancellationToken);

    public Task<T> RunListingAsync<T>(object what, Func<T> call, CancellationToken cancellationToken) =>
        RunAsync(what, call, ListingFactor * timeout, cancellationToken);

    private async Task<T> RunAsync<T>(object what, Func<T> call, TimeSpan limit, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _hanging) >= Most)
            throw new StoreUnavailableException($"{what}: the file system hangs: {Most} calls have not returned. Look at its server or its mount.");
        var running = Task.Run(() => FolderErrors.Translate(what, call), cancellationToken);
        try
        {
            return await running.WaitAsync(limit, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Interlocked.Increment(ref _hanging);
            _ = ForgetAsync(running);
            throw new StoreUnavailableException(
                $"{what}: the file system did not answer within {limit.TotalSeconds:0.#} s. Look at its server or its mount.");
        }
    }

    private async Task ForgetAsync<T>(Task<T> late)
    {
        try
        {
            switch (await late.ConfigureAwait(false))
            {
                case IAsyncDisposable opened: await opened.DisposeAsync().ConfigureAwait(false); break;
                case IDisposable held: held.Dispose(); break;
            }
        }
        catch (StoreException)
        {
            // Its caller was told long ago
        }
        finally
        {
            Interlocked.Decrement(ref _hanging);
        }
    }
}
