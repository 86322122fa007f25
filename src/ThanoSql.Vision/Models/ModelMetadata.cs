using System.Text.Encodings.Web;

namespace ThanoSql.Vision.Models;

/// <summary>
/// What a model file says of itself in ONNX's <c>metadata_props</c>: enough for any other program to prepare a picture and to name the answer.
/// </summary>
/// <param name="Model">The model's name.</param>
/// <param name="Version">Its version, 1 and up.</param>
/// <param name="Labels">[K], in the order of the output.</param>
/// <param name="Thresholds">[K], 0 to 1: the score from which a label counts as sure.</param>
/// <param name="Trunk">The embedding space inside.</param>
/// <param name="Note">What a user must know, for example that the trunk is a random stand-in; else null.</param>
public sealed record ModelMetadata(
    string Model, int Version, IReadOnlyList<string> Labels, IReadOnlyList<float> Thresholds, TrunkIdentity Trunk, string? Note)
{
    /// <summary>The key that every file of this product has.</summary>
    public const string TrunkKey = "thanosql.trunk";

    private const string ModelKey = "thanosql.model";
    private const string VersionKey = "thanosql.version";
    private const string LabelsKey = "thanosql.labels";
    private const string ThresholdsKey = "thanosql.thresholds";
    private const string PreprocessingKey = "thanosql.preprocessing";
    private const string NoteKey = "thanosql.note";

    // Labels stay readable: no \uXXXX for Korean.
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal Dictionary<string, string> ToProperties()
    {
        var properties = new Dictionary<string, string>
        {
            [ModelKey] = Model,
            [VersionKey] = Version.ToString(CultureInfo.InvariantCulture),
            [LabelsKey] = JsonSerializer.Serialize(Labels, Readable),
            [ThresholdsKey] = JsonSerializer.Serialize(Thresholds, Readable),
            [TrunkKey] = Trunk.Key,
            [PreprocessingKey] = Describe(Trunk.Preprocessing),
        };
        if (Note is not null)
            properties.Add(NoteKey, Note);
        return properties;
    }

    /// <param name="properties">A file's <c>metadata_props</c>.</param>
    /// <param name="source">The file's name, for messages.</param>
    /// <exception cref="ModelFileException">A property is missing or does not parse.</exception>
    public static ModelMetadata FromProperties(IReadOnlyDictionary<string, string> properties, string source)
    {
        try
        {
            var metadata = new ModelMetadata(
                properties[ModelKey],
                int.Parse(properties[VersionKey], CultureInfo.InvariantCulture),
                JsonSerializer.Deserialize<string[]>(properties[LabelsKey]) ?? throw new FormatException("no labels"),
                JsonSerializer.Deserialize<float[]>(properties[ThresholdsKey]) ?? throw new FormatException("no thresholds"),
                TrunkIdentity.Parse(properties[TrunkKey]),
                properties.GetValueOrDefault(NoteKey));
            return metadata.Thresholds.Count == metadata.Labels.Count ? metadata : throw new FormatException("not one threshold a label");
        }
        catch (Exception e) when (e is KeyNotFoundException or FormatException or OverflowException or JsonException or InvalidOperationException)
        {
            throw new ModelFileException($"{source} is no model of ThanoSQL: {e.Message}", e);
        }
    }

    private static string Describe(Preprocessing preprocessing) => JsonSerializer.Serialize(
        new
        {
            orientation = "exif applied",
            alpha = "flattened on white",
            color = preprocessing.ColorName,
            resize_short_side = preprocessing.ResizeSide,
            center_crop = preprocessing.InputSize,
            scale = 1.0 / 255,
            mean = Preprocessing.Mean,
            std = Preprocessing.StandardDeviation,
            layout = "NCHW",
        },
        Readable);
}
