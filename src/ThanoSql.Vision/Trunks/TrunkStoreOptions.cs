namespace ThanoSql.Vision.Trunks;

/// <summary>What happens when the asked trunk is not here and cannot be fetched.</summary>
public enum TrunkFallback
{
    /// <summary>Use the bundled one and say so.</summary>
    Bundled,

    /// <summary>Refuse.</summary>
    None,
}

/// <summary>Folders of trunk weights.</summary>
public sealed class TrunkStoreOptions
{
    /// <summary>Folder of installed and downloaded weights, <c>ConvNeXt_Tiny.safetensors</c> and so on.</summary>
    public required string Folder { get; init; }

    /// <summary>Folder of the weights shipped with the product.</summary>
    public required string BundledFolder { get; init; }

    public TrunkFallback Fallback { get; init; } = TrunkFallback.Bundled;
}
