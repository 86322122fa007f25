using System.IO.Enumeration;
using ThanoSql.Storage.Unicode;

namespace ThanoSql.Storage.Folder;

/// <summary>Walks a bucket in key order, holding the names of one folder per level at a time.</summary>
/// <param name="open">Opens the bucket's folder.</param>
/// <param name="bucket">Its name.</param>
/// <param name="prefix">Only keys that begin with it.</param>
/// <param name="startAfter">Only keys after this one, spelled as on disk.</param>
internal sealed class FolderListing(Func<Entry> open, string bucket, string prefix, string? startAfter)
{
    private const int PageSize = 1000;

    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    private readonly string _prefix = CanonicalForm.Compose(prefix);

    public IEnumerable<ObjectPage> Pages()
    {
        using var directory = open();
        foreach (var found in Walk(directory, "").Chunk(PageSize))
            yield return PageOf(found);
    }

    private ObjectPage PageOf(Found[] found)
    {
        var objects = new List<ObjectInfo>(found.Length);
        var (unusable, respelled, notFollowed) = (new List<string>(), new List<string>(), new List<string>());
        foreach (var file in found.Where(f => !f.IsUnreadable))
        {
            if (!IsUtf8(file.Key) || !ObjectPath.TryCreate(bucket, file.Key, out var path))
            {
                unusable.Add(file.Key);
            }
            else if (file.Status is { Kind: FileKind.File } status)
            {
                objects.Add(new ObjectInfo(path, status.ETag, status.Size, status.Modified));
                if (path.Key != file.Key)
                    respelled.Add(path.Key);
            }
            else if (file.Status is { Kind: FileKind.Link or FileKind.Other })
            {
                notFollowed.Add(file.Key);
            }
        }
        return new ObjectPage(objects, found[^1].Key, unusable)
        {
            Respelled = respelled,
            NotFollowed = notFollowed,
            Unreadable = [.. found.Where(f => f.IsUnreadable).Select(f => CanonicalForm.Compose(f.Key))],
        };
    }

    private IEnumerable<Found> Walk(Entry folder, string parent)
    {
        if (SortedNames(folder, parent) is not { } names)
        {
            yield return new Found(parent, null) { IsUnreadable = true };
            yield break;
        }
        foreach (var name in names)
        {
            var key = parent + name;
            if (!key.EndsWith('/'))
            {
                if (IsAfterStart(key) && CanonicalForm.Compose(key).StartsWith(_prefix, StringComparison.Ordinal))
                    yield return Look(folder, name, key);
            }
            else if (MayHoldWanted(key))
            {
                using var below = Below(folder, name, out var isUnreadable);
                if (isUnreadable || below is not { IsFolder: true } || Encoding.UTF8.GetByteCount(key) > ObjectPath.MaxKeyBytes)
                {
                    yield return new Found(key, below?.Status) { IsUnreadable = isUnreadable };
                    continue;
                }
                foreach (var found in Walk(below, key))
                    yield return found;
            }
        }
    }

    private static Found Look(Entry folder, string name, string key)
    {
        try
        {
            return new Found(key, IsUtf8(name) ? FileStatus.Of(folder, name) : null);
        }
        catch (StoreException)
        {
            return new Found(key, null) { IsUnreadable = true };
        }
    }

    private static Entry? Below(Entry folder, string name, out bool isUnreadable)
    {
        isUnreadable = false;
        try
        {
            return IsUtf8(name) ? folder.Find(name[..^1]) : null;
        }
        catch (StoreException)
        {
            isUnreadable = true;
            return null;
        }
    }

    // .NET reads bytes that are no UTF-8 as U+FFFD, under which the file cannot be opened.
    private static bool IsUtf8(string name) => !name.Contains('\uFFFD');

    private bool IsAfterStart(string key) => startAfter is null || Utf8Order.Instance.Compare(key, startAfter) > 0;

    private bool MayHoldWanted(string folderKey)
    {
        var composed = CanonicalForm.Compose(folderKey);
        var matches = composed.StartsWith(_prefix, StringComparison.Ordinal) || _prefix.StartsWith(composed, StringComparison.Ordinal);
        return matches && (IsAfterStart(folderKey) || startAfter!.StartsWith(folderKey, StringComparison.Ordinal));
    }

    // Folders end with a slash, which places "a/…" after "a-b" as in S3. Null when the folder cannot be read; the bucket's own must be.
    private static List<string>? SortedNames(Entry folder, string parent)
    {
        try
        {
            var entries = new FileSystemEnumerable<string>(folder.Path, NameOf, Everything)
            {
                ShouldIncludePredicate = (ref FileSystemEntry entry) => FileNames.IsObject(entry.FileName),
            };
            var names = entries.ToList();
            names.Sort(Utf8Order.Instance);
            return WithoutSecondSpellings(names);
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception exception) when (parent.Length > 0 && exception is UnauthorizedAccessException or IOException)
        {
            return null;
        }
    }

    // One name spelled both ways in one folder is one object: the spelling that Find prefers.
    private static List<string> WithoutSecondSpellings(List<string> names)
    {
        if (names.TrueForAll(IsComposed))
            return names; // a set of a million names is as large as they are
        var composed = names.Where(IsComposed).ToHashSet();
        return names.FindAll(name => composed.Contains(name) || !composed.Contains(CanonicalForm.Compose(name)));

        static bool IsComposed(string name) => CanonicalForm.Compose(name) == name;
    }

    private static string NameOf(ref FileSystemEntry entry) =>
        entry.IsDirectory && !entry.Attributes.HasFlag(FileAttributes.ReparsePoint) ? $"{entry.FileName}/" : entry.FileName.ToString();

    /// <param name="Key">Spelled as on disk.</param>
    /// <param name="Status">Null when it is gone again or its name is no text.</param>
    private readonly record struct Found(string Key, FileStatus? Status)
    {
        /// <summary>What it is, or what lies below it, could not be found out.</summary>
        public bool IsUnreadable { get; init; }
    }
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
