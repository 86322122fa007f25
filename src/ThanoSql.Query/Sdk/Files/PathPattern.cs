using System.IO.Enumeration;

namespace ThanoSql.Query.Sdk.Files;

/// <summary>Finds files and folders by a pattern: <c>drive/shop/*.jp?g</c>. A wildcard stays within its part of the path.</summary>
internal sealed class PathPattern(FolderContents folders, IObjectStore store, WorkspacePaths paths)
{
    private const int Most = 10_000;

    /// <param name="pattern">A path whose parts may hold <c>*</c> and <c>?</c>.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="QueryException">Too many match.</exception>
    public async Task<IReadOnlyList<string>> FindAsync(ObjectPath pattern, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> found = [""];
        foreach (var part in pattern.Key.Split('/'))
        {
            found = IsPattern(part)
                ? await MatchAsync(found, part, cancellationToken)
                : [.. found.Select(folder => folder.Length == 0 ? part : $"{folder}/{part}")];
        }
        return IsPattern(pattern.Key[(pattern.Key.LastIndexOf('/') + 1)..]) ? found : await ThereAsync(found, cancellationToken);
    }

    private async Task<IReadOnlyList<string>> MatchAsync(IReadOnlyList<string> within, string part, CancellationToken cancellationToken)
    {
        var matching = new List<string>();
        foreach (var folder in within)
        {
            foreach (var entry in await folders.ListAsync(folder, cancellationToken))
            {
                if (FileSystemName.MatchesSimpleExpression(part, entry.Path.AsSpan(entry.Path.LastIndexOf('/') + 1), ignoreCase: false))
                    matching.Add(entry.Path);
            }
            if (matching.Count > Most)
                throw new QueryException(ErrorCode.TooLarge, $"More than {Most:N0} files and folders match.", hint: "Ask for a part of them.");
        }
        return matching;
    }

    // What a name without wildcards stands for need not be there
    private async Task<IReadOnlyList<string>> ThereAsync(IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        var there = new List<string>();
        foreach (var name in names)
        {
            if (await store.StatAsync(new ObjectPath(paths.Bucket, name), cancellationToken) is not null
                || (await folders.ListAsync(name, cancellationToken)).Count > 0)
            {
                there.Add(name);
            }
        }
        return there;
    }

    private static bool IsPattern(string part) => part.AsSpan().IndexOfAny('*', '?') >= 0;
}
