using ThanoSql.Storage.Unicode;

namespace ThanoSql.Trainer.Building;

/// <summary>
/// Learns a label as one however its rows spell it (<see cref="LabelForm"/>): under the spelling that most pictures have, of equals the first in the
/// order of the source. Where the labels are given (FIT MODEL), theirs is the spelling.
/// </summary>
internal static class OneSpelling
{
    private const int Named = 10;

    /// <param name="rows">Of all sources together.</param>
    /// <param name="given">Labels that are kept as they are; null for none.</param>
    public static LabelledImages Merge(LabelledImages rows, IReadOnlyList<string>? given)
    {
        var counts = rows.Images.CountBy(i => i.Label, StringComparer.Ordinal).ToList(); // in the order of the source
        var kept = new Spellings(given ?? []);
        var to = counts.Select(c => c.Key).ToDictionary(label => label, kept.Of, StringComparer.Ordinal);
        foreach (var alike in counts.Where(c => !kept.Know(to[c.Key])).GroupBy(c => LabelForm.Of(c.Key)).Where(g => g.Skip(1).Any()))
        {
            var most = alike.MaxBy(c => c.Value).Key;
            foreach (var (label, _) in alike)
                to[label] = most;
        }
        var merged = counts.Where(c => to[c.Key] != c.Key).Select(c => to[c.Key]).ToHashSet(StringComparer.Ordinal);
        if (merged.Count == 0)
            return rows;
        return rows with
        {
            Images = [.. rows.Images.Select(i => to[i.Label] == i.Label ? i : i with { Label = to[i.Label] })],
            Merged = counts.Where(c => merged.Contains(to[c.Key])).GroupBy(c => to[c.Key], StringComparer.Ordinal).ToDictionary(
                g => g.Key, IReadOnlyDictionary<string, int> (g) => g.ToDictionary(c => c.Key, c => c.Value, StringComparer.Ordinal)),
        };
    }

    /// <param name="merged">Label → its spellings, with the number of their images; empty for none.</param>
    /// <param name="session">Hears of it.</param>
    public static void Say(IReadOnlyDictionary<string, IReadOnlyDictionary<string, int>> merged, RunSession session)
    {
        if (merged.Count == 0)
            return;
        var labels = merged.OrderBy(m => m.Key, StringComparer.Ordinal).Take(Named).Select(m => Words(m.Key, m.Value));
        session.Say(
            $"{merged.Count} label(s) are spelled in several ways and learned as one: {string.Join("; ", labels)}"
            + (merged.Count > Named ? $"; and {merged.Count - Named} more." : ".")
            + " OPTIONS (merge_spellings=False) keeps spellings apart.");
    }

    private static string Words(string label, IReadOnlyDictionary<string, int> spellings)
    {
        var others = spellings.Where(s => s.Key != label).OrderByDescending(s => s.Value).ThenBy(s => s.Key, StringComparer.Ordinal)
            .Take(Named).Select(s => $"'{s.Key}' ({s.Value})");
        return $"'{label}' ({spellings.GetValueOrDefault(label)}), also {string.Join(", ", others)}";
    }
}

/// <summary>Finds labels among known ones, however they are spelled.</summary>
internal sealed class Spellings
{
    private readonly HashSet<string> _known;
    private readonly Dictionary<string, string> _forms = [];

    /// <param name="known">Where two are spellings of one label, the first stands for others.</param>
    public Spellings(IReadOnlyList<string> known)
    {
        _known = known.ToHashSet(StringComparer.Ordinal);
        foreach (var label in known)
            _forms.TryAdd(LabelForm.Of(label), label);
    }

    /// <summary>Whether it is one of them as it is spelled.</summary>
    public bool Know(string label) => _known.Contains(label);

    /// <summary>As it is spelled among them; the label itself when it is none of them.</summary>
    public string Of(string label) => Know(label) ? label : _forms.GetValueOrDefault(LabelForm.Of(label), label);
}
