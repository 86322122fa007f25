using System.Globalization;

namespace ThanoSql.Storage.Unicode;

/// <summary>The canonical mappings of the Unicode character database, read once from the embedded file <c>canonical.txt</c>.</summary>
internal sealed class CanonicalData
{
    private readonly Dictionary<int, (int First, int Second)> _decompositions = [];
    private readonly Dictionary<(int First, int Second), int> _compositions = [];
    private readonly Dictionary<int, byte> _classes = [];

    private CanonicalData()
    {
        using var resource = typeof(CanonicalData).Assembly.GetManifestResourceStream("canonical.txt")
            ?? throw new InvalidOperationException("The Unicode table is missing from the assembly.");
        using var reader = new StreamReader(resource);
        while (reader.ReadLine() is { } line)
        {
            if (!line.StartsWith('#'))
                Add(line.Split(' '));
        }
    }

    public static CanonicalData Instance { get; } = new();

    public bool TryDecompose(int rune, out (int First, int Second) parts) => _decompositions.TryGetValue(rune, out parts);

    public bool TryCompose(int first, int second, out int rune) => _compositions.TryGetValue((first, second), out rune);

    /// <summary>The canonical combining class; 0 for a starter.</summary>
    public byte ClassOf(int rune) => _classes.GetValueOrDefault(rune);

    private void Add(string[] fields)
    {
        if (fields[1] == "@")
        {
            var ends = fields[0].Split("..");
            for (var rune = Hex(ends[0]); rune <= Hex(ends[1]); rune++)
                _classes[rune] = byte.Parse(fields[2], CultureInfo.InvariantCulture);
            return;
        }
        var whole = Hex(fields[0]);
        var parts = (Hex(fields[2]), fields.Length > 3 ? Hex(fields[3]) : 0);
        _decompositions[whole] = parts;
        if (fields[1] == "=")
            _compositions[parts] = whole;
    }

    private static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
