using System.Text.Json;
using System.Text.Json.Serialization;

namespace ThanoSql.Catalog.Models;

/// <summary>What the catalog keeps of how good a version is: the column <c>metrics</c> of <c>thanosql.model_versions</c>.</summary>
/// <param name="Rows">Labelled images of the source, readable or not.</param>
/// <param name="Training">Images that the head was fitted to; the JSON name is older than the word.</param>
/// <param name="HeldOut">Held-out images; 0 when there were too few to hold any out, then the rates are null.</param>
/// <param name="Confusion">[true label][answer] in the order of <paramref name="Labels"/>.</param>
public sealed record VersionMetrics(
    int Rows,
    [property: JsonPropertyName("teaching")] int Training,
    int HeldOut,
    double? Accuracy,
    double? MacroPrecision,
    double? MacroRecall,
    double? MacroF1,
    IReadOnlyList<LabelLine> Labels,
    IReadOnlyList<IReadOnlyList<int>> Confusion,
    double L2,
    int Iterations,
    bool Converged)
{
    private const double Z = 1.96; // of 95 %

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>
    /// Held-out images whose best label stays under its threshold: the index calls them indexed, and nothing sure. Null where that was not counted.
    /// </summary>
    public int? Unsure { get; init; }

    /// <summary>What the head's logits were divided by so that scores are probabilities; null for a version from before that was done.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Temperature { get; init; }

    /// <summary>Labels of the source that were too rare to learn, with the number of their images; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, int>? LeftOut { get; init; }

    /// <summary>Labels that were spelled in several ways and learned as one → each spelling with the number of its images; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, int>>? Merged { get; init; }

    /// <summary>One of <c>accuracy</c>, <c>precision</c>, <c>recall</c>, <c>f1</c>, or the last three with <c>macro_</c> before them.</summary>
    public double? Metric(string name) => name switch
    {
        "accuracy" => Accuracy,
        "precision" or "macro_precision" => MacroPrecision,
        "recall" or "macro_recall" => MacroRecall,
        "f1" or "macro_f1" => MacroF1,
        _ => throw new ArgumentException($"There is no metric '{name}': accuracy, macro_precision, macro_recall or macro_f1.", nameof(name)),
    };

    /// <summary>By how much an accuracy that was measured on so many images may be off, at 95 %: half of Wilson's interval.</summary>
    /// <param name="accuracy">0 to 1.</param>
    /// <param name="images">1 and above.</param>
    public static double Uncertainty(double accuracy, int images) =>
        Z / (1 + Z * Z / images) * Math.Sqrt(accuracy * (1 - accuracy) / images + Z * Z / (4.0 * images * images));

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <returns>Null for a version without metrics, such as an uploaded one.</returns>
    public static VersionMetrics? Parse(string json) =>
        JsonDocument.Parse(json).RootElement.TryGetProperty("teaching", out _) ? JsonSerializer.Deserialize<VersionMetrics>(json, Json) : null;
}

/// <summary>One label's line of <see cref="VersionMetrics"/>.</summary>
/// <param name="Support">Held-out images that carry the label.</param>
/// <param name="Threshold">The score from which the index counts the label as sure; null for a label that the head does not know.</param>
public sealed record LabelLine(string Label, double Precision, double Recall, double F1, int Support, float? Threshold);
