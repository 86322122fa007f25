using System.Runtime.CompilerServices;

namespace ThanoSql.Query.Sdk.Files;

/// <summary>What lies in a folder of the workspace: its files, and its folders, which are there as long as something is in them.</summary>
internal sealed class FolderContents(IObjectStore store, WorkspacePaths paths)
{
    private const int Most = 10_000;
    private const string BehindAll = "/\U0010FFFF"; // what is in a folder comes before it

    /// <param name="folder">Without a slash at its end; empty for the workspace itself.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>In the order of the names' bytes.</returns>
    /// <exception cref="QueryException">There are too many.</exception>
    public async Task<IReadOnlyList<FolderEntry>> ListAsync(string folder, CancellationToken cancellationToken)
    {
        var entries = new List<FolderEntry>();
        await foreach (var entry in WalkAsync(folder.Length == 0 ? "" : folder + "/", cancellationToken))
        {
            if (entries.Count == Most)
            {
                throw new QueryException(
                    ErrorCode.TooLarge, $"More than {Most:N0} files and folders are in '{folder}'.",
                    hint: "GET /api/v1/images?prefix=… lists known pictures a page at a time.");
            }
            entries.Add(entry);
        }
        return entries;
    }

    // A folder is passed with one look behind it, however much is in it
    private async IAsyncEnumerable<FolderEntry> WalkAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? after = null;
        for (var isOver = false; !isOver;)
        {
            isOver = true;
            await foreach (var item in ObjectsAsync(prefix, after, cancellationToken))
            {
                var name = item.Key[prefix.Length..];
                if (name.IndexOf('/', StringComparison.Ordinal) is not (>= 0 and var slash))
                {
                    yield return new FolderEntry(item.Key, item);
                    continue;
                }
                var folder = prefix + name[..slash];
                yield return new FolderEntry(folder, null);
                (after, isOver) = (folder + BehindAll, false);
                break;
            }
        }
    }

    private async IAsyncEnumerable<ObjectInfo> ObjectsAsync(
        string prefix, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var pages = store.ListAsync(paths.Bucket, prefix, after, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await IsThereAsync(pages))
        {
            foreach (var item in pages.Current.Objects)
                yield return item;
        }
    }

    // A workspace that nothing was stored in yet is empty
    private static async Task<bool> IsThereAsync(IAsyncEnumerator<ObjectPage> pages)
    {
        try
        {
            return await pages.MoveNextAsync();
        }
        catch (BucketNotFoundException)
        {
            return false;
        }
    }
}

/// <summary>A file or a folder.</summary>
/// <param name="Path">Without a slash at its end.</param>
/// <param name="File">Null for a folder.</param>
internal sealed record FolderEntry(string Path, ObjectInfo? File);
