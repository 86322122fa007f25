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

/// <summary>A value of OPTIONS (…), as written.</summary>
public abstract record OptionValue(TextSpan Span);

/// <summary>
/// <c>'x'</c> or <c>"x"</c>. <c>\'</c>, <c>\"</c>, <c>\\</c> and a doubled quote stand for the one character; any other backslash stays.
/// </summary>
/// <param name="Raw">The characters between the quotes, nothing taken back.</param>
public sealed record StringValue(string Text, string Raw, TextSpan Span) : OptionValue(Span);

/// <summary><c>16</c>, <c>0.5</c>, <c>-1</c>, <c>1e-3</c>.</summary>
/// <param name="Number">The value; whole numbers are exact up to 2^53.</param>
/// <param name="IsWhole">Whether it was written without point and exponent.</param>
public sealed record NumberValue(double Number, bool IsWhole, TextSpan Span) : OptionValue(Span);

/// <summary><c>True</c> or <c>False</c>, in any case.</summary>
public sealed record BooleanValue(bool Value, TextSpan Span) : OptionValue(Span);

/// <summary><c>None</c>, in any case; also SQL's <c>NULL</c>.</summary>
public sealed record NoneValue(TextSpan Span) : OptionValue(Span);

/// <summary>A bare name, perhaps with points: <c>compute.similarity</c>.</summary>
public sealed record NameValue(string Text, TextSpan Span) : OptionValue(Span);

/// <summary><c>["a", 'b']</c>, nested at will, possibly empty.</summary>
public sealed record ListValue(IReadOnlyList<OptionValue> Items, TextSpan Span) : OptionValue(Span);
