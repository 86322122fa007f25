namespace ThanoSql.Vision.Trunks;

/// <summary>Where trunk weights came from.</summary>
public enum TrunkOrigin
{
    /// <summary>A file in the model folder.</summary>
    Installed,

    /// <summary>Fetched from the hub just now.</summary>
    Downloaded,

    /// <summary>Shipped with the product.</summary>
    Bundled,

    /// <summary>Fine-tuned here, for one model.</summary>
    Tuned,

    /// <summary>A classifier that a user brought.</summary>
    Uploaded,

    /// <summary>Seeded random weights: keywords made with them mean little.</summary>
    Random,
}

/// <summary>The weights that answer an algorithm's name.</summary>
/// <param name="Variant">What the file holds.</param>
/// <param name="Path">The safetensors file.</param>
/// <param name="Sha256">Of the file, 64 lower-case hexadecimal digits.</param>
/// <param name="Origin">Where it came from.</param>
/// <param name="Asked">The algorithm's name as asked for.</param>
/// <param name="Note">What a user must be told, when the weights are not those asked for or not trained; else null.</param>
public sealed record TrunkWeights(ConvNeXtVariant Variant, string Path, string Sha256, TrunkOrigin Origin, string Asked, string? Note);
