using ThanoSql.Vision.Imaging;
using ThanoSql.Vision.Onnx;

namespace ThanoSql.Vision.Trunks;

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

    internal override (GraphBuilder Graph, string Embedding) Begin(string name, Preprocessing preprocessing) =>
        ConvNeXtGraph.Begin(name, weights, _variant, preprocessing);
}
