using System.Text.RegularExpressions;
using ThanoSql.Language;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace ThanoSql.Catalog.Pipelines;

/// <summary>One mapping of a YAML file, read key by key; keys that nobody asked for are errors.</summary>
internal sealed class YamlMap
{
    private const int Deepest = 32;

    private readonly string _file;
    private readonly long _line;
    private readonly Dictionary<string, YamlNode> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _lines = new(StringComparer.Ordinal);
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    private YamlMap(YamlMappingNode node, string file)
    {
        (_file, _line) = (file, node.Start.Line);
        foreach (var (key, value) in node.Children)
        {
            if (key is not YamlScalarNode { Value: { } name })
                throw new PipelineFileException(file, key.Start.Line, "a key must be a word.");
            _entries[name] = value;
            _lines[name] = key.Start.Line;
        }
    }

    public IEnumerable<string> Keys => _entries.Keys;

    public static YamlMap Read(string text, string file)
    {
        var stream = new YamlStream();
        try
        {
            RefuseDeep(text, file);
            stream.Load(new StringReader(text));
        }
        catch (YamlException error)
        {
            throw new PipelineFileException(file, error.Start.Line, error.InnerException?.Message ?? error.Message, error);
        }
        catch (Exception error) when (error is not (YamlException or PipelineFileException)) // YamlDotNet's scanner and loader on some damaged texts
        {
            throw new PipelineFileException(file, 1, "this is no YAML.", error);
        }
        if (stream.Documents is not [{ RootNode: YamlMappingNode root }])
            throw new PipelineFileException(file, 1, "a pipeline file is one mapping of keys to values, for example 'name: products'.");
        return new YamlMap(root, file);
    }

    // Loading goes as deep into the stack as the text is nested, and a stack that runs over ends the process; the parser alone does not.
    private static void RefuseDeep(string text, string file)
    {
        var parser = new Parser(new StringReader(text));
        for (var depth = 0; parser.MoveNext();)
        {
            depth += parser.Current!.NestingIncrease;
            if (depth > Deepest)
                throw new PipelineFileException(file, parser.Current.Start.Line, $"lists and mappings are nested more than {Deepest} deep.");
        }
    }

    public PipelineFileException Missing(string key) => new(_file, _line, $"the key '{key}' is missing.");

    public PipelineFileException Wrong(string? key, string problem) => new(_file, key is null ? _line : _lines[key], problem);

    public string? Text(string key) => Node(key) switch
    {
        null => null,
        YamlScalarNode { Value: { Length: > 0 } value } => value,
        YamlScalarNode => null,
        _ => throw Wrong(key, $"'{key}' takes a text."),
    };

    public string? Match(string key, string pattern, string meaning) => Text(key) is not { } text ? null
        : Regex.IsMatch(text, pattern) ? text
        : throw Wrong(key, $"'{key}: {text}' is not possible: write {meaning}.");

    /// <summary>A name that PostgreSQL takes as it is.</summary>
    public string? Column(string key) => Match(key, @"\A[\p{L}_][\p{L}\p{Nd}_]{0,57}\z", "a name of at most 58 letters, digits and '_'");

    public int? Integer(string key, int least) => Text(key) is not { } text ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least ? value
        : throw Wrong(key, $"'{key}: {text}' is not possible: write a whole number of at least {least}.");

    public double? Fraction(string key) => Text(key) is not { } text ? null
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is >= 0 and <= 1 ? value
        : throw Wrong(key, $"'{key}: {text}' is not possible: write a number from 0 to 1.");

    public bool? Boolean(string key) => Text(key) switch
    {
        null => null,
        "true" or "True" => true,
        "false" or "False" => false,
        var text => throw Wrong(key, $"'{key}: {text}' is not possible: write true or false."),
    };

    public T Choice<T>(string key, T otherwise)
        where T : struct, Enum
    {
        if (Text(key) is not { } text)
            return otherwise;
        if (char.IsLetter(text[0]) && Enum.TryParse<T>(text, ignoreCase: true, out var value))
            return value;
        throw Wrong(key, $"'{key}: {text}' is not possible: write {string.Join(" or ", Enum.GetNames<T>().Select(n => n.ToLowerInvariant()))}.");
    }

    public IReadOnlyList<string>? List(string key) => Node(key) switch
    {
        null => null,
        YamlSequenceNode list when list.All(n => n is YamlScalarNode) => [.. list.Select(n => ((YamlScalarNode)n).Value ?? "")],
        _ => throw Wrong(key, $"'{key}' takes a list, for example [a, b]."),
    };

    public YamlMap? Map(string key) => Node(key) switch
    {
        null => null,
        YamlMappingNode map => new YamlMap(map, _file),
        _ => throw Wrong(key, $"'{key}' takes keys and values, indented below it."),
    };

    public IReadOnlyDictionary<string, string> Texts() => _entries.Keys.ToDictionary(key => key, key => Text(key) ?? "");

    public void RefuseOthers()
    {
        if (_entries.Keys.FirstOrDefault(key => !_asked.Contains(key)) is not { } unknown)
            return;
        var hint = NearestName.Of(unknown, _asked) is { } nearest ? $"Did you mean '{nearest}'?" : $"There are: {string.Join(", ", _asked)}.";
        throw Wrong(unknown, $"there is no key '{unknown}' here. {hint}");
    }

    private YamlNode? Node(string key)
    {
        _asked.Add(key);
        return _entries.GetValueOrDefault(key);
    }
}
