using System.Diagnostics.CodeAnalysis;

namespace ThanoSql.Storage.Unicode;

/// <summary>
/// The compatibility mappings and the simple case folding of the Unicode character database, read once from the embedded file
/// <c>compatibility.txt</c>. Case folding is for what the mappings leave; the dotted capital I of Turkish folds to a plain i.
/// </summary>
internal sealed class CompatibilityData
{
    private readonly Dictionary<int, int[]> _decompositions = [];
    private readonly Dictionary<int, int> _folds = [];

    private CompatibilityData()
    {
        using var resource = typeof(CompatibilityData).Assembly.GetManifestResourceStream("compatibility.txt")
            ?? throw new InvalidOperationException("The Unicode table is missing from the assembly.");
        using var reader = new StreamReader(resource);
        while (reader.ReadLine() is { } line)
        {
            if (!line.StartsWith('#'))
                Add(line.Split(' '));
        }
    }

    public static CompatibilityData Instance { get; } = new();

    /// <summary>One step: what it gives may be decomposed further.</summary>
    public bool TryDecompose(int rune, [NotNullWhen(true)] out int[]? parts) => _decompositions.TryGetValue(rune, out parts);

    /// <summary>The same letter, whatever its case. Of ASCII only capital letters change.</summary>
    public int Fold(int rune) => rune is >= 'A' and <= 'Z' ? rune + ('a' - 'A') : _folds.GetValueOrDefault(rune, rune);

    private void Add(string[] fields)
    {
        var run = fields[0].Split("..");
        var (step, first, to) = (run[^1].EndsWith("/2", StringComparison.Ordinal) ? 2 : 1, Hex(run[0]), Hex(fields[2]));
        var last = Hex(run[^1].Split('/')[0]);
        for (var rune = first; rune <= last; rune += step)
        {
            if (fields[1] == "~")
                _folds[rune] = to + rune - first;
            else
                _decompositions[rune] = fields.Length > 3 ? [.. fields.Skip(2).Select(Hex)] : [to + rune - first];
        }
    }

    private static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
