namespace ThanoSql.Web.Pipelines;

/// <summary>What a pipeline waits for, in the page's language: the catalog says it in its own.</summary>
internal static class WaitTexts
{
    // How the catalog's sentences begin and end; what lies between is a name
    private static readonly (string Begin, string End, string Name)[] Known =
    [
        ("model '", "' is not there yet", "model"),
        ("model '", "' is being switched to a new version", "switch"),
        ("table '", "' is not there yet", "table"),
        ("its file is gone", "", "file"),
        ("changed", "", "changed"),
        ("waits for a lock on ", "", "lock"),
        ("The store of bucket '", "", "store"),
        ("The last sweep misses ", "", "missing"),
    ];

    /// <summary>In two or three words.</summary>
    public static string Name(PageTexts texts, string reason) => texts[$"pipelines.waits.{Find(reason)?.Name ?? "other"}"];

    /// <summary>In a sentence; in the catalog's own where there is no other.</summary>
    public static string Sentence(PageTexts texts, string reason) =>
        Find(reason) is { } known ? texts[$"pipelines.waitsFor.{known.Name}", known.Value, reason] : reason;

    private static (string Name, string Value)? Find(string reason)
    {
        foreach (var (begin, end, name) in Known)
        {
            if (reason.StartsWith(begin, StringComparison.Ordinal) && reason.EndsWith(end, StringComparison.Ordinal))
                return (name, reason[begin.Length..^end.Length]);
        }
        return null;
    }
}
