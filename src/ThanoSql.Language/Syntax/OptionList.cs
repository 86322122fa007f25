namespace ThanoSql.Language.Syntax;

/// <summary>One <c>name = value</c> of OPTIONS (…), under the name that was written (<c>epochs</c> stays <c>epochs</c>).</summary>
public sealed record Option(Name Name, OptionValue Value)
{
    public TextSpan Span => TextSpan.FromBounds(Name.Span.Start, Value.Span.End);
}

/// <summary>The options of a statement in the order written; read them with <see cref="Options.OptionReader"/>.</summary>
/// <param name="Items">Empty when the statement has no OPTIONS.</param>
/// <param name="Span">From OPTIONS to its closing parenthesis; of length 0 where OPTIONS could have stood when there is none.</param>
public sealed record OptionList(IReadOnlyList<Option> Items, TextSpan Span)
{
    /// <summary>Whether an option was written under exactly this name (case aside): the generation of a text shows in its spellings.</summary>
    public bool Wrote(string name) => Items.Any(o => string.Equals(o.Name.Text, name, StringComparison.OrdinalIgnoreCase));
}
