using System.Collections.Frozen;

namespace ThanoSql.Language.Options;

/// <summary>
/// Reads a statement's options by their canonical names, under whichever alias they were written. Call one method per option that the statement
/// takes, then <see cref="Complete"/>, which refuses all others. <c>None</c> counts as not given unless a method says otherwise.
/// </summary>
/// <remarks>Every method throws <see cref="ThanoSqlSyntaxException"/> with the option's position when its value does not fit.</remarks>
public sealed class OptionReader
{
    private readonly string _text;
    private readonly Statement _statement;
    private readonly Dictionary<string, Option> _written = [];
    private readonly HashSet<string> _taken = [];

    /// <param name="text">The text that was parsed.</param>
    /// <exception cref="ThanoSqlSyntaxException">An option is given twice, perhaps under two of its names.</exception>
    public OptionReader(string text, Statement statement)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(statement);
        _text = text;
        _statement = statement;
        foreach (var option in statement.Options.Items)
        {
            if (!_written.TryAdd(OptionAliases.Canonical(option.Name.Text), option))
                throw OptionErrors.Duplicate(text, option, _written[OptionAliases.Canonical(option.Name.Text)]);
        }
    }

    /// <summary>The value as written, or null when the option is absent; <see cref="NoneValue"/> for None.</summary>
    public OptionValue? Value(string name)
    {
        _taken.Add(name);
        return _written.GetValueOrDefault(name)?.Value;
    }

    /// <summary>The spelling in the text (<c>epochs</c> for <c>max_epochs</c>), or null when the option is absent.</summary>
    public string? WrittenAs(string name) => _written.GetValueOrDefault(name)?.Name.Text;

    /// <summary>A text in quotes, or a bare name.</summary>
    public string Text(string name, string fallback) => OptionalText(name) ?? fallback;

    public string? OptionalText(string name) => Value(name) switch
    {
        null or NoneValue => null,
        StringValue value => value.Text,
        NameValue value => value.Text,
        _ => throw WrongType(name, "a text in quotes"),
    };

    /// <summary>One of <paramref name="allowed"/>, as spelt there; case aside.</summary>
    public string OneOf(string name, string fallback, params IReadOnlyList<string> allowed)
    {
        var value = OptionalText(name);
        if (value is null)
            return fallback;
        return allowed.FirstOrDefault(a => string.Equals(a, value, StringComparison.OrdinalIgnoreCase))
            ?? throw OptionErrors.NotAllowed(_text, _written[name], value, allowed);
    }

    public bool Flag(string name, bool fallback) => Value(name) switch
    {
        null or NoneValue => fallback,
        BooleanValue value => value.Value,
        _ => throw WrongType(name, "True or False"),
    };

    /// <summary>A number from <paramref name="least"/> to <paramref name="most"/>, both included.</summary>
    public double Number(string name, double fallback, double least, double most) => Value(name) switch
    {
        null or NoneValue => fallback,
        NumberValue value => InRange(name, value.Number, least, most),
        _ => throw WrongType(name, "a number"),
    };

    /// <summary>A whole number from <paramref name="least"/> to <paramref name="most"/>, both included.</summary>
    public int WholeNumber(string name, int fallback, int least, int most) => WholeNumberOrNone(name, fallback, least, most) ?? fallback;

    /// <summary>As <see cref="WholeNumber"/>, but None is null (<c>top_k=None</c>: all rows).</summary>
    public int? WholeNumberOrNone(string name, int? fallback, int least, int most) => Value(name) switch
    {
        null => fallback,
        NoneValue => null,
        NumberValue { IsWhole: true } value => (int)InRange(name, value.Number, least, most),
        _ => throw WrongType(name, "a whole number"),
    };

    /// <summary>A multiple of <paramref name="step"/> from there to <paramref name="most"/>; null when absent, or None.</summary>
    public int? MultipleOrNone(string name, int step, int most) => WholeNumberOrNone(name, null, step, most) switch
    {
        { } number when number % step != 0 => throw OptionErrors.NoMultiple(_text, _written[name], step, most),
        var number => number,
    };

    /// <summary>A list of texts, or one text alone; empty when absent.</summary>
    public IReadOnlyList<string> TextList(string name) => Value(name) switch
    {
        null or NoneValue => [],
        ListValue list => [.. list.Items.Select(item => TextItem(name, item))],
        _ => [OptionalText(name)!],
    };

    /// <summary>A list of numbers from <paramref name="least"/> to <paramref name="most"/>, or one number alone; null when absent.</summary>
    public IReadOnlyList<double>? NumberList(string name, double least, double most) => Value(name) switch
    {
        null or NoneValue => null,
        ListValue list when list.Items.All(i => i is NumberValue) => [.. list.Items.Select(i => InRange(name, ((NumberValue)i).Number, least, most))],
        NumberValue value => [InRange(name, value.Number, least, most)],
        _ => throw WrongType(name, "a number or a list of numbers"),
    };

    /// <summary>
    /// <c>if_exists = 'fail' | 'replace' | 'append'</c>, or <c>overwrite = True | False</c> from older texts, which means 'replace' or 'fail'.
    /// </summary>
    public IfExists IfExists()
    {
        var overwrite = Flag("overwrite", false);
        var ifExists = OneOf("if_exists", "fail", "fail", "replace", "append");
        if (_written.TryGetValue("overwrite", out var older) && _written.TryGetValue("if_exists", out var newer))
            throw older.Span.Start < newer.Span.Start ? OptionErrors.Duplicate(_text, newer, older) : OptionErrors.Duplicate(_text, older, newer);
        return overwrite ? Options.IfExists.Replace : Enum.Parse<IfExists>(ifExists, ignoreCase: true);
    }

    /// <summary>Refuses the first option that was not asked for.</summary>
    /// <exception cref="ThanoSqlSyntaxException">With the nearest option that was.</exception>
    public void Complete()
    {
        foreach (var (name, option) in _written)
        {
            if (!_taken.Contains(name))
                throw OptionErrors.Unknown(_text, _statement, option, _taken);
        }
    }

    private double InRange(string name, double number, double least, double most) =>
        number >= least && number <= most ? number : throw OptionErrors.OutOfRange(_text, _written[name], least, most);

    private string TextItem(string name, OptionValue item) => item switch
    {
        StringValue value => value.Text,
        NameValue value => value.Text,
        _ => throw WrongType(name, "a list of texts in quotes"),
    };

    private ThanoSqlSyntaxException WrongType(string name, string expected) => OptionErrors.WrongType(_text, _written[name], expected);
}

/// <summary>What COPY does with a table that is there already.</summary>
public enum IfExists
{
    Fail,
    Replace,
    Append,
}

/// <summary>The spellings of options in the generations of the dialect; the newest is the canonical one.</summary>
internal static class OptionAliases
{
    private static readonly FrozenDictionary<string, string> Newest = new Dictionary<string, string>
    {
        ["epochs"] = "max_epochs",
        ["epoch"] = "max_epochs",
        ["target"] = "target_col",
        ["column_name"] = "result_col",
        ["description"] = "description_col",
        ["image_column"] = "image_col",
        ["audio_column"] = "audio_col",
        ["video_column"] = "video_col",
        ["file_name"] = "filename_col",
        ["topk"] = "top_k",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The newest spelling of <paramref name="name"/>, in lower case.</summary>
    public static string Canonical(string name)
    {
#pragma warning disable CA1308 // options are written in lower case
        return Newest.TryGetValue(name, out var newest) ? newest : name.ToLowerInvariant();
#pragma warning restore CA1308
    }
}
