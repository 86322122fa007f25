namespace ThanoSql.Vision.Trunks;

/// <summary>What turns prepared pictures into embeddings: ConvNeXt weights, or an imported classifier.</summary>
public abstract class Trunk
{
    /// <summary>SHA-256 of its file, 64 lower-case hexadecimal digits.</summary>
    public abstract string Sha256 { get; }

    /// <summary>The short name in its <see cref="TrunkIdentity"/>, for example <c>atto</c>.</summary>
    public abstract string Variant { get; }

    /// <summary>The name that users read, for example <c>ConvNeXt_Atto</c>.</summary>
    public abstract string AlgorithmName { get; }

    /// <summary>Values of one embedding.</summary>
    public abstract int EmbeddingSize { get; }

    /// <summary>Pictures of one run: -1 for any number.</summary>
    internal virtual int Batch => -1;

    /// <summary>Reads a trunk's file: <c>.onnx</c> holds an imported classifier, anything else ConvNeXt weights.</summary>
    /// <exception cref="TrunkException">The file is damaged, or neither.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Trunk Open(string path) =>
        Path.GetExtension(path) == ".onnx" ? ClassifierTrunk.Open(path) : new ConvNeXtTrunk(SafeTensors.Open(path));

    /// <summary>A whole model: <c>image</c> [N, 3, size, size] → <c>embedding</c> [N, <see cref="EmbeddingSize"/>].</summary>
    /// <exception cref="TrunkException">The trunk cannot be had with this pre-processing, or is damaged.</exception>
    public abstract byte[] ToOnnx(Preprocessing preprocessing);

    /// <summary>The same without output, to go on with.</summary>
    /// <returns>The graph, and the name of the embedding in it.</returns>
    internal abstract (GraphBuilder Graph, string Embedding) Begin(string name, Preprocessing preprocessing);
}

/// <summary>A ConvNeXt by its weights; its embeddings have Euclidean length 1.</summary>
/// <exception cref="TrunkException">The weights are no ConvNeXt of version 1.</exception>
public sealed class ConvNeXtTrunk(SafeTensors weights) : Trunk
{
    private readonly ConvNeXtVariant _variant = ConvNeXtVariant.Of(weights);

    public override string Sha256 => weights.Sha256;

    public override string Variant => _variant.Name;

    public override string AlgorithmName => _variant.AlgorithmName;

    public override int EmbeddingSize => _variant.EmbeddingSize;

    public override byte[] ToOnnx(Preprocessing preprocessing) => ConvNeXtGraph.Build(weights, _variant, preprocessing);

    /// <summary>The same for GPUs, with bytes in (<see cref="ChannelsLastGraph"/>).</summary>
    internal byte[] ToBatchOnnx(Preprocessing preprocessing) => ChannelsLastGraph.Build(weights, _variant, preprocessing);

    internal override (GraphBuilder Graph, string Embedding) Begin(string name, Preprocessing preprocessing) =>
        ConvNeXtGraph.Begin(name, weights, _variant, preprocessing);
}

/// <summary>What makes an embedding space: two embeddings compare exactly when these are equal.</summary>
/// <param name="Sha256">Of the weights file, 64 lower-case hexadecimal digits.</param>
/// <param name="Variant">Short name, for example <c>atto</c>.</param>
/// <param name="Preprocessing">How pictures become its input.</param>
public sealed record TrunkIdentity(string Sha256, string Variant, Preprocessing Preprocessing)
{
    /// <summary>A text that is equal exactly when the identity is, for example <c>atto@3f0a…:224/256/rgb</c>.</summary>
    public string Key => $"{Variant}@{Sha256}:{Preprocessing.Key}";

    /// <summary>The inverse of <see cref="Key"/>.</summary>
    /// <exception cref="FormatException">The text is no such key.</exception>
    public static TrunkIdentity Parse(string key)
    {
        int at = key.IndexOf('@', StringComparison.Ordinal), colon = key.IndexOf(':', StringComparison.Ordinal);
        if (at < 1 || colon != at + 65)
            throw new FormatException($"'{key}' is no trunk identity; one reads like 'atto@<sha-256>:224/256/rgb'.");
        return new TrunkIdentity(key[(at + 1)..colon], key[..at], Preprocessing.Parse(key[(colon + 1)..]));
    }
}

/// <summary>Trunk weights cannot be had or used. The message says why and what to do.</summary>
public sealed class TrunkException : Exception
{
    public TrunkException(string message)
        : base(message)
    {
    }

    public TrunkException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
