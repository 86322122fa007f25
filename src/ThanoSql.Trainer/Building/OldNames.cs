using ThanoSql.Storage.Unicode;

namespace ThanoSql.Trainer.Building;

/// <summary>Reads names that labels had as those that they have: a source goes on with what it always said.</summary>
internal static class OldNames
{
    private const int Named = 10;

    /// <param name="rows">Of all sources together.</param>
    /// <param name="renamed">Old name → new name.</param>
    /// <param name="session">Hears of it.</param>
    public static LabelledImages Replace(LabelledImages rows, IReadOnlyDictionary<string, string> renamed, RunSession session)
    {
        if (renamed.Count == 0)
            return rows;
        var forms = renamed.DistinctBy(r => LabelForm.Of(r.Key)).ToDictionary(r => LabelForm.Of(r.Key), r => r.Value);
        var images = rows.Images.Select(i => forms.TryGetValue(LabelForm.Of(i.Label), out var name) ? i with { Label = name } : i).ToList();
        var old = rows.Images.Zip(images).Where(i => i.First.Label != i.Second.Label).CountBy(i => (i.First.Label, i.Second.Label)).ToList();
        if (old.Count == 0)
            return rows;
        var names = old.Take(Named).Select(o => $"'{o.Key.Item1}' ({o.Value}) as '{o.Key.Item2}'");
        session.Say($"Labels that were renamed are read by their new names: {string.Join(", ", names)}{(old.Count > Named ? " …" : "")}.");
        return rows with { Images = images };
    }
}
