namespace ThanoSql.Vision.Heads;

/// <summary>The labels of a training set, sorted by ordinal, and the position of each row's label among them.</summary>
internal sealed class LabelIndex
{
    public LabelIndex(IReadOnlyList<string> rows)
    {
        Labels = [.. rows.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        var positions = Labels.Select((label, k) => (label, k)).ToDictionary(p => p.label, p => p.k, StringComparer.Ordinal);
        Rows = [.. rows.Select(label => positions[label])];
        Counts = new int[Labels.Length];
        foreach (var k in Rows)
            Counts[k]++;
    }

    public string[] Labels { get; }

    /// <summary>[N].</summary>
    public int[] Rows { get; }

    /// <summary>[K]: rows of each label.</summary>
    public int[] Counts { get; }
}
