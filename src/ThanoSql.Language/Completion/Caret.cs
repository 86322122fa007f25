namespace ThanoSql.Language.Completion;

/// <summary>What may be written where somebody types.</summary>
/// <param name="Place">Which kind of name or word.</param>
/// <param name="Start">Where what was typed of it begins, in UTF-16 code units; it ends at the caret.</param>
/// <param name="Typed">What was typed of it: without quotes.</param>
public sealed record Caret(CaretPlace Place, int Start, string Typed)
{
    /// <summary>The name and the point before it: an alias, a table or a schema. Null where there is none.</summary>
    public string? Qualifier { get; init; }

    /// <summary>For <see cref="CaretPlace.Model"/>: the first word of the statement, in upper case.</summary>
    public string Verb { get; init; } = "";

    /// <summary>For <see cref="CaretPlace.Label"/>: the column that the text is compared with; empty where it cannot be told.</summary>
    public string Column { get; init; } = "";

    /// <summary>The tables that the text names, also behind the caret.</summary>
    public IReadOnlyList<TableMention> Tables { get; init; } = [];

    /// <summary>The models that PREDICT and its like name.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];
}

/// <summary>A table in the text.</summary>
/// <param name="Schema">Null where none is written.</param>
/// <param name="Name">As PostgreSQL folds it.</param>
/// <param name="Alias">Null without one.</param>
public sealed record TableMention(string? Schema, string Name, string? Alias);

/// <summary>What may stand at a place of a statement.</summary>
public enum CaretPlace
{
    /// <summary>Nothing that is known: a number, a new name, a comment.</summary>
    Nothing,

    /// <summary>The first word of a statement or of a query in parentheses.</summary>
    Start,
    Table,

    /// <summary>A column, or a word that goes on with the clause.</summary>
    Column,
    Model,

    /// <summary>What BUILD MODEL … USING builds with.</summary>
    Algorithm,

    /// <summary>Inside of quotes.</summary>
    Label,

    /// <summary>Words only.</summary>
    Keyword,
}
