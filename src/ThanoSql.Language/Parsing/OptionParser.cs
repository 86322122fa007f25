using System.Globalization;

namespace ThanoSql.Language.Parsing;

/// <summary>Reads <c>OPTIONS (name = value, …)</c>.</summary>
internal static class OptionParser
{
    public static OptionList Parse(ClauseReader reader)
    {
        var start = reader.Next.Span.Start;
        if (!reader.TakeIf("OPTIONS"))
        {
            RefuseMisspelt(reader);
            return new OptionList([], new TextSpan(reader.End, 0));
        }

        reader.Expect('(', "behind OPTIONS");
        var options = new List<Option>();
        if (!reader.TakeIf(')'))
        {
            do
                options.Add(ParseOption(reader));
            while (reader.TakeIf(','));
            reader.Expect(')', $"or ',' behind the option {options[^1].Name}");
        }
        return new OptionList(options, TextSpan.FromBounds(start, reader.End));
    }

    private static void RefuseMisspelt(ClauseReader reader)
    {
        if (reader.Next.Kind == TokenKind.Word && NearestName.Of(reader.Next.Span.Of(reader.Text), ["OPTIONS"]) is not null)
            throw reader.Unexpected("needs OPTIONS or what follows it", "Did you mean OPTIONS?");
    }

    /// <summary><c>name = value</c></summary>
    public static Option ParseOption(ClauseReader reader)
    {
        if (reader.Next.Kind != TokenKind.Word)
            throw reader.Unexpected("needs the name of an option");
        var word = reader.Take();
        var name = new Name(word.Span.Of(reader.Text), word.Span, IsQuoted: false);
        reader.Expect('=', $"behind the option {name}");
        return new Option(name, ParseValue(reader, depth: 0));
    }

    private static OptionValue ParseValue(ClauseReader reader, int depth)
    {
        var next = reader.Next;
        if (next.Kind == TokenKind.Literal)
            return reader.String("a value");
        if (next.Kind == TokenKind.Number || next.Is(reader.Text, '-') || next.Is(reader.Text, '+'))
            return ParseNumber(reader);
        if (next.Is(reader.Text, '['))
            return ParseList(reader, depth);
        return next.Kind == TokenKind.Word
            ? ParseWord(reader)
            : throw reader.Unexpected("needs a value ('text', 1, 0.5, True, False, None or [a, list])");
    }

    private static NumberValue ParseNumber(ClauseReader reader)
    {
        var start = reader.Next.Span.Start;
        var isNegative = reader.Next.Is(reader.Text, '-');
        if (reader.Next.Kind == TokenKind.Symbol)
            reader.Take();
        if (reader.Next.Kind != TokenKind.Number)
            throw reader.Unexpected("needs digits behind the sign");

        var digits = reader.Take().Span.Of(reader.Text).Replace("_", "", StringComparison.Ordinal);
        var number = double.Parse(digits, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (!double.IsFinite(number))
            throw SyntaxErrors.At(reader.Text, start, SyntaxErrorCodes.OptionOutOfRange, $"The number {digits} is too large.");
        if (reader.Next.Kind is TokenKind.Word or TokenKind.Number && reader.Next.Span.Start == reader.End)
            throw reader.Unexpected($"needs ',' or ')' behind the number {digits}", "Put texts in quotes.");
        return new NumberValue(isNegative ? -number : number, digits.All(char.IsAsciiDigit), TextSpan.FromBounds(start, reader.End));
    }

    private static OptionValue ParseWord(ClauseReader reader)
    {
        var first = reader.Take();
        if (reader.Next.Is(reader.Text, '.'))
        {
            while (reader.TakeIf('.'))
            {
                if (reader.Next.Kind != TokenKind.Word)
                    throw reader.Unexpected("needs a name behind the point", "Put texts in quotes.");
                reader.Take();
            }

            var span = TextSpan.FromBounds(first.Span.Start, reader.End);
            return new NameValue(span.Of(reader.Text), span);
        }
        if (first.Is(reader.Text, "True") || first.Is(reader.Text, "False"))
            return new BooleanValue(first.Is(reader.Text, "True"), first.Span);
        return first.Is(reader.Text, "None") || first.Is(reader.Text, "NULL")
            ? new NoneValue(first.Span)
            : new NameValue(first.Span.Of(reader.Text), first.Span);
    }

    private static ListValue ParseList(ClauseReader reader, int depth)
    {
        var open = reader.Take();
        if (depth == ParseContext.MostLists)
            throw SyntaxErrors.TooDeep(reader.Text, open.Span.Start, "lists", ParseContext.MostLists);
        var items = new List<OptionValue>();
        if (!reader.TakeIf(']'))
        {
            do
                items.Add(ParseValue(reader, depth + 1));
            while (reader.TakeIf(','));
            reader.Expect(']', "or ',' in the list");
        }
        return new ListValue(items, TextSpan.FromBounds(open.Span.Start, reader.End));
    }
}
