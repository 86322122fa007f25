namespace ThanoSql.Vision.Trunks;

/// <summary>
/// A size of ConvNeXt (version 1): blocks and channels of its four stages. Table as in timm; Liu et al., "A ConvNet for the 2020s", 2022.
/// </summary>
public sealed record ConvNeXtVariant
{
    private const string Prefix = "ConvNeXt_";

    private static readonly ConvNeXtVariant[] Table =
    [
        new("atto", [2, 2, 6, 2], [40, 80, 160, 320]),
        new("femto", [2, 2, 6, 2], [48, 96, 192, 384]),
        new("pico", [2, 2, 6, 2], [64, 128, 256, 512]),
        new("nano", [2, 2, 8, 2], [80, 160, 320, 640]),
        new("tiny", [3, 3, 9, 3], [96, 192, 384, 768]),
        new("small", [3, 3, 27, 3], [96, 192, 384, 768]),
        new("base", [3, 3, 27, 3], [128, 256, 512, 1024]),
        new("large", [3, 3, 27, 3], [192, 384, 768, 1536]),
        new("xlarge", [3, 3, 27, 3], [256, 512, 1024, 2048]),
    ];

    /// <param name="name">Short, lower case, for example <c>tiny</c>.</param>
    /// <param name="depths">Blocks of each of the four stages.</param>
    /// <param name="widths">Channels of each of the four stages.</param>
    public ConvNeXtVariant(string name, IReadOnlyList<int> depths, IReadOnlyList<int> widths)
    {
        if (depths.Count != 4 || widths.Count != 4 || depths.Any(d => d < 1) || widths.Any(w => w < 1))
            throw new ArgumentException("A ConvNeXt has four stages of at least one block and one channel.", nameof(depths));
        (Name, Depths, Widths) = (name, depths, widths);
    }

    public string Name { get; }
    public IReadOnlyList<int> Depths { get; }
    public IReadOnlyList<int> Widths { get; }

    /// <summary>Values of one embedding.</summary>
    public int EmbeddingSize => Widths[3];

    /// <summary>The name users write, for example <c>ConvNeXt_Tiny</c>.</summary>
    public string AlgorithmName => Prefix + char.ToUpperInvariant(Name[0]) + Name[1..];

    public static IReadOnlyList<ConvNeXtVariant> Known => Table;

    public static ConvNeXtVariant Atto => Table[0];

    /// <summary>By short name (<c>tiny</c>) or algorithm name (<c>ConvNeXt_Tiny</c>, any case); null when it is none of the table's.</summary>
    public static ConvNeXtVariant? Find(string name)
    {
        var shortName = name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? name[Prefix.Length..] : name;
        return Table.FirstOrDefault(v => string.Equals(v.Name, shortName, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Reads depths and widths off timm-named weights, so that any ConvNeXt of version 1 can be used.</summary>
    /// <exception cref="TrunkException">The weights are no ConvNeXt of version 1.</exception>
    public static ConvNeXtVariant Of(SafeTensors weights)
    {
        var depths = new int[4];
        var widths = new int[4];
        for (int stage = 0; stage < 4; stage++)
        {
            while (weights.Contains(string.Create(CultureInfo.InvariantCulture, $"stages.{stage}.blocks.{depths[stage]}.conv_dw.weight")))
                depths[stage]++;
            if (depths[stage] == 0)
                throw new TrunkException($"{weights.Source} holds no 'stages.{stage}.blocks.0.conv_dw.weight': it is no timm ConvNeXt (version 1).");
            widths[stage] = weights.Shape($"stages.{stage}.blocks.0.conv_dw.weight")[0];
        }
        var known = Table.FirstOrDefault(v => v.Depths.SequenceEqual(depths) && v.Widths.SequenceEqual(widths));
        return known ?? new ConvNeXtVariant($"{string.Join('.', depths)}-{string.Join('.', widths)}", depths, widths);
    }

    /// <summary>Equal when the architecture is.</summary>
    public bool Equals(ConvNeXtVariant? other) =>
        other is not null && Name == other.Name && Depths.SequenceEqual(other.Depths) && Widths.SequenceEqual(other.Widths);

    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => AlgorithmName;
}
