using ThanoSql.Vision.Classifiers;
using DataType = ThanoSql.Vision.Onnx.Schema.TensorProto.Types.DataType;

namespace ThanoSql.Vision.Models;

/// <summary>
/// A file that says it is one of this product's. Everybody can write such a file, so nothing of it is run: labels, thresholds and head are read, and
/// the trunk is taken from here.
/// </summary>
public sealed class PublishedModel
{
    private const int MostLabels = 65_536;

    private readonly GraphProto _graph;
    private readonly string _source;

    internal PublishedModel(ModelMetadata metadata, ModelProto model, string source)
    {
        (Metadata, _graph, _source) = (metadata, model.Graph, source);
        if (metadata.Labels.Count == 0)
        {
            throw new ModelFileException(
                $"{source} is a model without labels: nothing of it is learned but its trunk. Make one here with BUILD MODEL … USING SimCLR.");
        }
        if (metadata.Labels.Count > MostLabels || metadata.Labels.Any(l => string.IsNullOrWhiteSpace(l) || !ImportedLabels.IsText(l))
            || metadata.Labels.Distinct(StringComparer.Ordinal).Count() < metadata.Labels.Count)
        {
            throw Wrong($"its labels are not 1 to {MostLabels} different texts");
        }
        if (metadata.Thresholds.Any(t => !(t is >= 0 and <= 1)))
            throw Wrong("its thresholds are not from 0 to 1");
    }

    public ModelMetadata Metadata { get; }

    /// <summary>The head over the trunk that the metadata name.</summary>
    /// <param name="dimensions">Values of that trunk's embedding.</param>
    /// <exception cref="ModelFileException">There is none, or none for such a trunk.</exception>
    public Head Head(int dimensions)
    {
        var labels = Metadata.Labels;
        return new Head(
            labels, Weights(ModelFile.HeadWeights, labels.Count, dimensions), Weights(ModelFile.HeadBias, labels.Count), [.. Metadata.Thresholds]);
    }

    private float[] Weights(string name, params long[] shape)
    {
        var found = _graph.Initializer.Where(i => i.Name == name).ToList();
        if (found is not [{ HasRawData: true } tensor] || (DataType)tensor.DataType != DataType.Float || !tensor.Dims.SequenceEqual(shape)
            || tensor.RawData.Length != sizeof(float) * shape.Aggregate(1L, (a, b) => a * b))
        {
            throw Wrong($"'{name}' is not there once as float32 [{string.Join(", ", shape)}]");
        }
        var values = MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray();
        return values.All(float.IsFinite) ? values : throw Wrong($"'{name}' has numbers that are not finite");
    }

    private ModelFileException Wrong(string why) => new(
        $"{_source} says that ThanoSQL wrote it, but {why}. Take the file from the model folder again, or leave the metadata 'thanosql.*' out.");
}
