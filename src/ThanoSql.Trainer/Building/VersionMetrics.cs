using System.Text.Json;
using System.Text.Json.Serialization;

namespace ThanoSql.Trainer.Building;

/// <summary>What the catalog keeps of how good a version is: the column <c>metrics</c> of <c>thanosql.model_versions</c>.</summary>
/// <param name="HeldOut">Held-out images; 0 when there were too few to hold any out, then the rates are null.</param>
/// <param name="Rows">Labelled images of the source, readable or not.</param>
/// <param name="Training">Images that the head was fitted to; the JSON name is older than the word.</param>
/// <param name="Confusion">[true label][answer] in the order of <paramref name="Labels"/>.</param>
internal sealed record VersionMetrics(
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
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static VersionMetrics Of(int rows, TrainingData data, TrainedHead trained)
    {
        var evaluation = trained.Evaluation;
        return new VersionMetrics(
            rows, data.Training.Count(), evaluation?.Rows ?? 0,
            evaluation?.Accuracy, evaluation?.MacroPrecision, evaluation?.MacroRecall, evaluation?.MacroF1,
            [.. (evaluation?.Labels ?? [])
                .Select(l => new LabelLine(l.Label, l.Precision, l.Recall, l.F1, l.Support, trained.Head.ThresholdOf(l.Label)))],
            evaluation?.Confusion ?? [], trained.Fit.L2, trained.Fit.Iterations, trained.Fit.Converged);
    }

    /// <summary>One of <c>accuracy</c>, <c>precision</c>, <c>recall</c>, <c>f1</c>, or the last three with <c>macro_</c> before them.</summary>
    public double? Metric(string name) => name switch
    {
        "accuracy" => Accuracy,
        "precision" or "macro_precision" => MacroPrecision,
        "recall" or "macro_recall" => MacroRecall,
        "f1" or "macro_f1" => MacroF1,
        _ => throw new ArgumentException($"There is no metric '{name}': accuracy, macro_precision, macro_recall or macro_f1.", nameof(name)),
    };

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <returns>Null for a version without metrics, such as an uploaded one.</returns>
    public static VersionMetrics? Parse(string json) =>
        JsonDocument.Parse(json).RootElement.TryGetProperty("teaching", out _) ? JsonSerializer.Deserialize<VersionMetrics>(json, Json) : null;
}

/// <summary>One label's line of <see cref="VersionMetrics"/>.</summary>
/// <param name="Support">Held-out images that carry the label.</param>
/// <param name="Threshold">The score from which the index counts the label as sure; null for a label that the head does not know.</param>
internal sealed record LabelLine(string Label, double Precision, double Recall, double F1, int Support, float? Threshold);
