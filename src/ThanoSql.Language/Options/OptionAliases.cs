using System.Collections.Frozen;

namespace ThanoSql.Language.Options;

/// <summary>The spellings of options in the generations of the dialect; the newest is the canonical one.</summary>
public static class OptionAliases
{
    private static readonly FrozenDictionary<string, string> Newest = new Dictionary<string, string>
    {
        ["epochs"] = "max_epochs",
        ["epoch"] = "max_epochs",
        ["target"] = "target_col",
        ["column_name"] = "result_col",
        ["description"] = "description_col",
        ["image_column"] = "image_col",
        ["audio_column"] = "audio_col",
        ["video_column"] = "video_col",
        ["file_name"] = "filename_col",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The newest spelling of <paramref name="name"/>, in lower case.</summary>
    public static string Canonical(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
#pragma warning disable CA1308 // options are written in lower case
        return Newest.TryGetValue(name, out var newest) ? newest : name.ToLowerInvariant();
#pragma warning restore CA1308
    }
}
