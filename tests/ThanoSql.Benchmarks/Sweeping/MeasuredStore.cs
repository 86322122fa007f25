using System.Diagnostics;
using System.Runtime.CompilerServices;
using ThanoSql.Storage;

namespace ThanoSql.Benchmarks.Sweeping;

/// <summary>A store whose listings are timed: how long each page takes, and how long its reader takes until it asks for the next.</summary>
internal sealed class MeasuredStore(IObjectStore inner) : IObjectStore
{
    /// <summary>Milliseconds for each page.</summary>
    public List<double> Listed { get; } = [];

    /// <summary>Milliseconds between a page and the question for the next.</summary>
    public List<double> Compared { get; } = [];

    /// <summary>Called with the number of pages so far.</summary>
    public Action<int> AfterPage { get; set; } = _ => { };

    public async IAsyncEnumerable<ObjectPage> ListAsync(
        string bucket, string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var pages = inner.ListAsync(bucket, prefix, startAfter, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            var asked = Stopwatch.GetTimestamp();
            if (!await pages.MoveNextAsync())
                yield break;
            var given = Stopwatch.GetTimestamp();
            Listed.Add(Stopwatch.GetElapsedTime(asked, given).TotalMilliseconds);
            yield return pages.Current;
            Compared.Add(Stopwatch.GetElapsedTime(given).TotalMilliseconds);
            AfterPage(Listed.Count);
        }
    }

    public Task<StoredObject?> OpenReadAsync(ObjectPath path, CancellationToken cancellationToken) => inner.OpenReadAsync(path, cancellationToken);

    public Task<ObjectInfo?> StatAsync(ObjectPath path, CancellationToken cancellationToken) => inner.StatAsync(path, cancellationToken);

    public Task<ObjectInfo> WriteAsync(ObjectPath path, Stream content, string? contentType, CancellationToken cancellationToken) =>
        inner.WriteAsync(path, content, contentType, cancellationToken);

    public Task<ObjectInfo?> WriteNewAsync(ObjectPath path, Stream content, string? contentType, CancellationToken cancellationToken) =>
        inner.WriteNewAsync(path, content, contentType, cancellationToken);

    public Task DeleteAsync(ObjectPath path, CancellationToken cancellationToken) => inner.DeleteAsync(path, cancellationToken);

    public Task EnsureBucketAsync(string bucket, CancellationToken cancellationToken) => inner.EnsureBucketAsync(bucket, cancellationToken);
}
