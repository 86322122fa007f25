using Amazon.S3.Model;

namespace ThanoSql.Storage.S3;

internal static class S3Listing
{
    /// <summary>Folder markers of web consoles (keys that end with a slash) are left out.</summary>
    public static ObjectPage ToPage(string bucket, List<S3Object> found)
    {
        var objects = new List<ObjectInfo>(found.Count);
        var unusable = new List<string>();
        foreach (var entry in found)
        {
            if (entry.Key.EndsWith('/'))
                continue;
            if (ObjectPath.TryCreate(bucket, entry.Key, out var path))
            {
                objects.Add(
                    new ObjectInfo(path, entry.ETag.Trim('"'), entry.Size ?? 0, new DateTimeOffset(entry.LastModified!.Value.ToUniversalTime())));
            }
            else
            {
                unusable.Add(entry.Key);
            }
        }
        return new ObjectPage(objects, found[^1].Key, unusable);
    }
}
