namespace ThanoSql.Vision.Trunks;

/// <summary>
/// The prebuilt models of the dialect that this engine has: trunks with published or bundled weights, on which BUILD and FIT make a model. GET
/// THANOSQL MODEL fetches their weights; none of them has labels of its own.
/// </summary>
public static class PrebuiltTrunks
{
    /// <summary>Names and the algorithms whose weights they are; <c>convnext</c> is the manuals' own.</summary>
    public static IReadOnlyList<(string Name, string Algorithm)> All { get; } =
    [
        ("convnext", "ConvNeXt_Tiny"), ("ConvNeXt_Tiny", "ConvNeXt_Tiny"), ("ConvNeXt_Base", "ConvNeXt_Base"), ("ConvNeXt_Atto", "ConvNeXt_Atto"),
    ];

    /// <param name="name">Case aside.</param>
    /// <returns>Null when there is none of that name.</returns>
    public static string? AlgorithmOf(string name) =>
        All.FirstOrDefault(t => string.Equals(t.Name, name, StringComparison.OrdinalIgnoreCase)).Algorithm;
}
