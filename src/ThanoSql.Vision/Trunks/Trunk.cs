using ThanoSql.Vision.Imaging;
using ThanoSql.Vision.Onnx;

namespace ThanoSql.Vision.Trunks;

/// <summary>What turns prepared pictures into embeddings: ConvNeXt weights, or a classifier that a user brought.</summary>
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

    /// <summary>Reads a trunk's file: <c>.onnx</c> holds a classifier that a user brought, anything else ConvNeXt weights.</summary>
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
