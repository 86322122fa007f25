using System.Text.RegularExpressions;

namespace ThanoSql.Vision.Classifiers;

/// <summary>The labels of a network's outputs: given, or found in the file's metadata.</summary>
internal static partial class ImportedLabels
{
    private const int MostBytes = 500;

    // As this product, Ultralytics, Hugging Face and people write them
    private static readonly string[] Keys = ["thanosql.labels", "labels", "names", "classes", "class_names", "id2label"];

    // Without backtracking: a megabyte of digits or of open quotes would keep the trainer for hours
    private static readonly Regex PythonItem = new(
        """(?:(?<index>\d+)\s*:\s*)?(?:'(?<text>(?:[^'\\]|\\.)*)'|"(?<text>(?:[^"\\]|\\.)*)")""",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    /// <exception cref="ModelFileException">There are none, not as many as outputs, or two are alike.</exception>
    public static IReadOnlyList<string> Of(IReadOnlyList<string> given, IReadOnlyDictionary<string, string> metadata, int outputs, string source)
    {
        var key = given.Count > 0 ? null : Keys.FirstOrDefault(metadata.ContainsKey);
        var labels = key is null ? given : Read(metadata[key]);
        var found = key is null ? "are given" : $"are in its metadata ('{key}')";
        if (labels.Count == 0)
        {
            throw new ModelFileException(
                $"{source} has {outputs} outputs and does not name their labels. Name them in order: OPTIONS (labels=['first', 'second', …]).");
        }

        if (labels.Count != outputs)
        {
            throw new ModelFileException(
                $"{source} has {outputs} outputs, and {labels.Count} labels {found}. Name one for each output, in order: OPTIONS (labels=[…]).");
        }

        if (labels.GroupBy(l => l, StringComparer.Ordinal).FirstOrDefault(g => string.IsNullOrWhiteSpace(g.Key) || g.Skip(1).Any()) is { } wrong)
        {
            var what = string.IsNullOrWhiteSpace(wrong.Key) ? "one is empty" : $"'{wrong.Key}' comes twice";
            throw new ModelFileException($"Of the labels that {found}, {what}. Name different ones: OPTIONS (labels=[…]).");
        }
        if (labels.FirstOrDefault(l => !IsText(l)) is { } odd)
        {
            throw new ModelFileException(
                $"Of the labels that {found}, '{ImportGate.Short(odd)}' has control characters or more than {MostBytes} bytes. "
                + "Name others: OPTIONS (labels=[…]).");
        }
        return labels;
    }

    /// <summary>Whether the database can hold and index it.</summary>
    public static bool IsText(string label) => Encoding.UTF8.GetByteCount(label) <= MostBytes && !label.Any(char.IsControl);

    private static IReadOnlyList<string> Read(string text) => text.TrimStart() is ['[' or '{', ..]
        ? Json(text) ?? Python(text)
        : text.Split(
            text.Contains('\n', StringComparison.Ordinal) ? '\n' : ',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static IReadOnlyList<string>? Json(string text)
    {
        try
        {
            return text.TrimStart()[0] == '['
                ? JsonSerializer.Deserialize<string[]>(text)
                : Ordered(JsonSerializer.Deserialize<Dictionary<int, string>>(text)!.Select(p => (p.Key, p.Value)));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentNullException) // the latter two: half of a letter, null
        {
            return null;
        }
    }

    // {0: 'apple', 1: "pear"} and ['apple', "pear"], as Python prints them
    private static List<string> Python(string text) => Ordered(PythonItem.Matches(text).Select((m, i) => (
        m.Groups["index"].Success && int.TryParse(m.Groups["index"].ValueSpan, out var index) ? index : i,
        Escape().Replace(m.Groups["text"].Value, "$1"))));

    private static List<string> Ordered(IEnumerable<(int Index, string Label)> labels) => [.. labels.OrderBy(l => l.Index).Select(l => l.Label)];

    [GeneratedRegex(@"\\(.)", RegexOptions.CultureInvariant)]
    private static partial Regex Escape();
}
