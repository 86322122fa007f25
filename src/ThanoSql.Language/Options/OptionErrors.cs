using System.Globalization;

namespace ThanoSql.Language.Options;

/// <summary>The errors of options, each at the option.</summary>
internal static class OptionErrors
{
    public static ThanoSqlSyntaxException Duplicate(string text, Option second, Option first) =>
        SyntaxErrors.At(
            text, second.Span.Start, SyntaxErrorCodes.DuplicateOption,
            SameName(first, second) ? $"The option {second.Name} is given twice." : $"The options {first.Name} and {second.Name} mean the same.",
            "Keep one of them.");

    public static ThanoSqlSyntaxException Missing(string text, Statement statement, string name) =>
        SyntaxErrors.At(
            text, statement.Options.Span.Start, SyntaxErrorCodes.MissingOption, $"{statement.Verb} needs the option {name}.",
            $"OPTIONS ({name}='…')");

    public static ThanoSqlSyntaxException Unknown(string text, Statement statement, Option option, IReadOnlyCollection<string> known)
    {
        var nearest = NearestName.Of(option.Name.Text, known);
        var all = $"{statement.Verb} takes {(known.Count == 0 ? "no options" : string.Join(", ", known.Order(StringComparer.Ordinal)))}.";
        return SyntaxErrors.At(
            text, option.Span.Start, SyntaxErrorCodes.UnknownOption, $"{statement.Verb} has no option {option.Name}.",
            nearest is null ? all : $"Did you mean {nearest}? {all}");
    }

    public static ThanoSqlSyntaxException WrongType(string text, Option option, string expected) =>
        SyntaxErrors.At(
            text, option.Value.Span.Start, SyntaxErrorCodes.WrongOptionType,
            $"The option {option.Name} needs {expected}, not {option.Value.Span.Of(text)}.");

    public static ThanoSqlSyntaxException OutOfRange(string text, Option option, double least, double most) =>
        SyntaxErrors.At(
            text, option.Value.Span.Start, SyntaxErrorCodes.OptionOutOfRange,
            string.Create(
                CultureInfo.InvariantCulture, $"The option {option.Name} must be from {least} to {most}, not {option.Value.Span.Of(text)}."));

    public static ThanoSqlSyntaxException NoMultiple(string text, Option option, int step, int most) =>
        SyntaxErrors.At(
            text, option.Value.Span.Start, SyntaxErrorCodes.OptionOutOfRange,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The option {option.Name} must be a multiple of {step}, from {step} to {most}, not {option.Value.Span.Of(text)}."));

    public static ThanoSqlSyntaxException NotAllowed(string text, Option option, string value, IReadOnlyList<string> allowed)
    {
        var nearest = NearestName.Of(value, allowed);
        return SyntaxErrors.At(
            text, option.Value.Span.Start, SyntaxErrorCodes.OptionOutOfRange,
            $"The option {option.Name} must be one of {string.Join(", ", allowed.Select(a => $"'{a}'"))}, not '{value}'.",
            nearest is null ? null : $"Did you mean '{nearest}'?");
    }

    private static bool SameName(Option first, Option second) => string.Equals(first.Name.Text, second.Name.Text, StringComparison.OrdinalIgnoreCase);
}
