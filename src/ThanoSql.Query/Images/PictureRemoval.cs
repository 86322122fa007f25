using ThanoSql.Catalog.Audits;
using ThanoSql.Catalog.Images;

namespace ThanoSql.Query.Images;

/// <summary>The end of an object and of what is known of it, at once.</summary>
internal sealed class PictureRemoval(IObjectStore store, ImageRemoval removal, Thumbnails thumbnails)
{
    /// <summary>One that is not there is no error.</summary>
    /// <param name="path">Of any bucket.</param>
    /// <param name="by">Who asks for it, for the audit.</param>
    /// <param name="cancellationToken">What is forgotten of an object that is still there comes back.</param>
    public async Task RemoveAsync(ObjectPath path, ApiToken by, CancellationToken cancellationToken)
    {
        var wasStored = await store.StatAsync(path, cancellationToken) is not null;
        await store.DeleteAsync(path, cancellationToken); // first: what is forgotten of an object that is there comes back
        thumbnails.Forget(path);
        await removal.RemoveAsync(path.Bucket, path.Key, Actor.OfToken(by.Name), wasStored, cancellationToken);
    }
}
