namespace ThanoSql.Storage;

/// <summary>What a store says of an object without reading it.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="ETag">Changes whenever the content does, opaque, without quotes. Equal tags of two stores mean nothing.</param>
/// <param name="Size">In bytes.</param>
/// <param name="LastModified">By the store's clock.</param>
public sealed record ObjectInfo(ObjectPath Path, string ETag, long Size, DateTimeOffset LastModified)
{
    public string Bucket => Path.Bucket;

    public string Key => Path.Key;
}
