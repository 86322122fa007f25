using ThanoSql.Storage;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Faults.Ledger;

/// <summary>Puts, overwrites and deletes pictures in a bucket, the same ones for the same seed, and keeps the account of it.</summary>
/// <param name="store">The store itself: no fault is injected into what the writer is told.</param>
/// <param name="bucket">The bucket.</param>
/// <param name="announce">Called after each change; does nothing where the store sends its events by itself.</param>
/// <param name="seed">Of what happens.</param>
internal sealed class Writer(IObjectStore store, string bucket, Func<Change, Task> announce, int seed = 1)
{
    private readonly Random _random = new(seed);
    private int _pictures;
    private int _keys;

    public Account Account { get; } = new();

    /// <summary>How many keys there have been.</summary>
    public int Keys => _keys;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Seven in ten are new pictures, two overwrite, one deletes.</summary>
    public async Task ChurnAsync(int changes)
    {
        for (var i = 0; i < changes; i++)
        {
            var present = Account.Present;
            var dice = present.Count == 0 ? 0 : _random.Next(10);
            if (dice < 7)
                await PutAsync($"p/{++_keys:0000}.png");
            else if (dice < 9)
                await PutAsync(present[_random.Next(present.Count)]);
            else
                await DeleteAsync(present[_random.Next(present.Count)]);
        }
    }

    /// <summary>A picture that was never seen before.</summary>
    public Task PutAsync(string key) => PutAsync(key, ++_pictures);

    public async Task PutAsync(string key, int picture)
    {
        var info = await store.WriteAsync(new ObjectPath(bucket, key), new MemoryStream(Picture.Of(picture)), "image/png", Cancellation);
        Account.Put(key, picture);
        await announce(new Change(key, info.ETag, info.Size));
    }

    public async Task DeleteAsync(string key)
    {
        await store.DeleteAsync(new ObjectPath(bucket, key), Cancellation);
        Account.Delete(key);
        await announce(new Change(key, null, null));
    }
}

/// <summary>One change of an object; without an etag it was deleted.</summary>
internal sealed record Change(string Key, string? ETag, long? Size)
{
    public bool Deleted => ETag is null;
}
