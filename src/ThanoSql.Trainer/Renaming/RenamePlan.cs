using System.Text.Json;
using ThanoSql.Catalog.Labels;
using ThanoSql.Storage.Unicode;

namespace ThanoSql.Trainer.Renaming;

/// <summary>Another name for a label.</summary>
/// <param name="From">As it is spelled.</param>
/// <param name="To">As it is to be spelled.</param>
internal sealed record LabelRename(string From, string To)
{
    public string ToJson() => JsonSerializer.Serialize(this);

    public static LabelRename Parse(string json) => JsonSerializer.Deserialize<LabelRename>(json)!;
}

/// <summary>Whether a label can be renamed, and as what.</summary>
internal sealed class RenamePlanner(LabelRenames renames, ModelCatalog models, VersionCatalog versions)
{
    /// <summary>The model that is meant where none is named.</summary>
    /// <exception cref="QueryException">No model has the label, or several have.</exception>
    public async Task<string> ModelOfAsync(string label, CancellationToken cancellationToken)
    {
        var having = await renames.ModelsAsync(LabelForm.Of(label), cancellationToken);
        return having.Count == 1
            ? having[0]
            : throw new QueryException(
                ErrorCode.UnknownKeyword,
                having.Count == 0 ? $"No model has a label '{label}'." : $"Several models have a label '{label}': {string.Join(", ", having)}.",
                hint: having.Count == 0 ? "GET /api/v1/keywords?table=… lists a table's labels." : "Name the one that is meant.");
    }

    /// <exception cref="QueryException">There is no such model or label, or the model tells the two apart.</exception>
    public async Task<LabelRename> PlanAsync(string model, string from, string to, CancellationToken cancellationToken)
    {
        var name = PlainWord.Of(to);
        if (name.Length is 0 or > LabelLedger.LongestLabel)
        {
            throw new QueryException(
                ErrorCode.BadRequest, $"A label has 1 to {LabelLedger.LongestLabel} characters that somebody sees, and '{to}' has {name.Length}.");
        }
        if (await models.FindAsync(model, cancellationToken) is not { } found)
            throw new QueryException(ErrorCode.UnknownModel, $"There is no model '{model}'.");
        var head = found.CurrentVersionId is { } id && await versions.FindAsync(id, cancellationToken) is { } version ? version.Labels : [];
        var said = await renames.SaidAsync(model, LabelForm.Of(from), cancellationToken);
        var old = Spelled(PlainWord.Of(from), head, said, model);
        if (old == name)
            throw new QueryException(ErrorCode.BadRequest, $"The label is called '{old}' already.");
        if (head.Contains(old) && head.FirstOrDefault(l => l != old && LabelForm.AreOne(l, name)) is { } learned)
            throw Apart(model, old, learned);
        // Into a label that the model learned: as it is spelled there
        return new LabelRename(old, head.Contains(old) ? name : new Spellings([.. head]).Of(name));
    }

    private static string Spelled(string label, IReadOnlyList<string> head, List<string> said, string model)
    {
        List<string> alike = [.. head.Where(l => LabelForm.AreOne(l, label)).Union(said)];
        return alike switch
        {
            _ when alike.Contains(label) => label,
            [var one] => one,
            [] => throw new QueryException(
                ErrorCode.UnknownKeyword, $"The model '{model}' has no label '{label}', and nobody gave it to a picture.",
                hint: NearestName.Of(label, head) is { } nearest ? $"Did you mean '{nearest}'?" : null),
            _ => throw new QueryException(
                ErrorCode.BadRequest, $"The label is spelled in several ways: {string.Join(", ", alike)}.", hint: "Name it as it is spelled."),
        };
    }

    // Two outputs of a head are two answers; only a training can make one of them
    private static QueryException Apart(string model, string label, string learned) => new(
        ErrorCode.NotSupported, $"The model '{model}' learned '{label}' and '{learned}' as two labels; renaming does not make them one.",
        hint: $"Give the pictures of '{label}' the label '{learned}' and train the model, or make it a synonym in the pipeline's file.");
}
