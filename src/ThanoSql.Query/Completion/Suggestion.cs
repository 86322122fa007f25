namespace ThanoSql.Query.Completion;

/// <summary>What may be written at a place.</summary>
/// <param name="Start">Where what was typed of it begins, in UTF-16 code units: what is chosen takes its place, up to the caret.</param>
/// <param name="Items">The best first.</param>
internal sealed record Suggestions(int Start, IReadOnlyList<Suggestion> Items)
{
    /// <summary>Whether names belong here and nothing else, so that they help before anything is typed.</summary>
    public bool AreExpected { get; init; }
}

/// <param name="Name">As it is shown.</param>
/// <param name="Text">As it is written: quoted where that is needed.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Detail">A column's type and table, say; empty where there is nothing to add.</param>
internal sealed record Suggestion(string Name, string Text, SuggestionKind Kind, string Detail = "");

internal enum SuggestionKind
{
    Keyword,
    Table,
    Column,
    Model,
    Label,
}
