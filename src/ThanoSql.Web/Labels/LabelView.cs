using ThanoSql.Catalog.Labels;

namespace ThanoSql.Web.Labels;

/// <summary>A picture to look at, as it is shown.</summary>
/// <param name="Item">What model and people say of it.</param>
/// <param name="Path">As SQL and search show it.</param>
/// <param name="Url">A signed link.</param>
/// <param name="Name">Of its row; null where it has none.</param>
/// <param name="Facts">The row's columns and what they hold.</param>
public sealed record LabelView(WorkItem Item, string Path, string Url, string? Name, IReadOnlyList<RowFact> Facts)
{
    /// <summary>What Enter says: the label is right as it stands. A person's word comes before the model's.</summary>
    public string? Proposed => Item.Label ?? Item.Best;
}

/// <summary>A column of a row, as text.</summary>
public sealed record RowFact(string Name, string Text);

/// <summary>A label that completes what was typed.</summary>
/// <param name="Matched">The synonym that does so; null when it is the label itself.</param>
/// <param name="Count">Rows that carry it.</param>
/// <param name="IsNew">It is what was typed, and nobody has used it yet.</param>
public sealed record LabelChoice(string Label, string? Matched, long Count, bool IsNew);
