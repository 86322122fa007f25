using System.IO.Enumeration;
using ThanoSql.Storage.Unicode;

namespace ThanoSql.Storage.Folder;

/// <summary>Walks a bucket in key order, holding the names of one folder per level at a time.</summary>
/// <param name="directory">The bucket's folder.</param>
/// <param name="bucket">Its name.</param>
/// <param name="prefix">Only keys that begin with it.</param>
/// <param name="startAfter">Only keys after this one, spelled as on disk.</param>
internal sealed class FolderListing(string directory, string bucket, string prefix, string? startAfter)
{
    private const int PageSize = 1000;

    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    private readonly string _prefix = CanonicalForm.Compose(prefix);

    public IEnumerable<ObjectPage> Pages()
    {
        foreach (var keys in Walk(directory, "").Chunk(PageSize))
        {
            var objects = new List<ObjectInfo>(keys.Length);
            var unusable = new List<string>();
            foreach (var key in keys)
                Examine(key, objects, unusable);
            yield return new ObjectPage(objects, keys[^1], unusable);
        }
    }

    private void Examine(string key, List<ObjectInfo> objects, List<string> unusable)
    {
        // .NET reads bytes that are no UTF-8 as U+FFFD, under which the file cannot be opened.
        if (key.Contains('\uFFFD') || !ObjectPath.TryCreate(bucket, key, out var path))
            unusable.Add(key);
        else if (FileStatus.Of(Path.Combine(directory, key)) is { Kind: FileKind.File } status)
            objects.Add(new ObjectInfo(path, status.ETag, status.Size, status.Modified));
    }

    private IEnumerable<string> Walk(string folder, string parent)
    {
        foreach (var name in SortedNames(folder))
        {
            var key = parent + name;
            if (!key.EndsWith('/'))
            {
                if (IsAfterStart(key) && CanonicalForm.Compose(key).StartsWith(_prefix, StringComparison.Ordinal))
                    yield return key;
            }
            else if (MayHoldWanted(key))
            {
                foreach (var below in Walk(Path.Combine(folder, name[..^1]), key))
                    yield return below;
            }
        }
    }

    private bool IsAfterStart(string key) => startAfter is null || Utf8Order.Instance.Compare(key, startAfter) > 0;

    private bool MayHoldWanted(string folderKey)
    {
        var composed = CanonicalForm.Compose(folderKey);
        var matches = composed.StartsWith(_prefix, StringComparison.Ordinal) || _prefix.StartsWith(composed, StringComparison.Ordinal);
        return matches && (IsAfterStart(folderKey) || startAfter!.StartsWith(folderKey, StringComparison.Ordinal));
    }

    // Folders end with a slash, which places "a/…" after "a-b" as in S3.
    private static List<string> SortedNames(string folder)
    {
        var entries = new FileSystemEnumerable<string>(folder, NameOf, Everything)
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) =>
                FileNames.IsObject(entry.FileName) && !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
        };
        try
        {
            var names = entries.ToList();
            names.Sort(Utf8Order.Instance);
            return WithoutSecondSpellings(names);
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new StoreRefusedException($"The folder '{folder}' may not be read.", exception);
        }
    }

    // One name spelled both ways in one folder is one object: the spelling that Find prefers.
    private static List<string> WithoutSecondSpellings(List<string> names)
    {
        var composed = names.Where(name => CanonicalForm.Compose(name) == name).ToHashSet();
        return composed.Count == names.Count
            ? names
            : names.FindAll(name => composed.Contains(name) || !composed.Contains(CanonicalForm.Compose(name)));
    }

    private static string NameOf(ref FileSystemEntry entry) => entry.IsDirectory ? $"{entry.FileName}/" : entry.FileName.ToString();
}

/// <summary>Compares strings by their UTF-8 bytes, the order in which S3 lists keys; UTF-16 differs above U+D7FF.</summary>
internal sealed class Utf8Order : IComparer<string>
{
    public static Utf8Order Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        var common = x.AsSpan().CommonPrefixLength(y);
        var (left, right) = (Unit(x, common), Unit(y, common));
        var surrogates = (IsSurrogate(left), IsSurrogate(right));
        return surrogates switch
        {
            (true, false) => 1,
            (false, true) => -1,
            _ => left.CompareTo(right),
        };
    }

    private static int Unit(string? text, int index) => index < (text?.Length ?? 0) ? text![index] : -1;

    private static bool IsSurrogate(int unit) => unit is >= 0xD800 and <= 0xDFFF;
}
