using System.Text.Json;
using System.Text.Json.Serialization;

namespace ThanoSql.Catalog.Models;

/// <summary>What the promotion gate found: the column <c>verdict</c> of a version.</summary>
/// <param name="Metric">The pipeline's, such as <c>macro_f1</c>.</param>
/// <param name="Value">Of the candidate; null when nothing is held out, or it is no number.</param>
/// <param name="Before">Of the version in service then, on the same images; null for a first version.</param>
/// <param name="Against">That version's number.</param>
/// <param name="Refusals">Why the candidate was refused; empty when it might go into service.</param>
public sealed record GateVerdict(string Metric, double? Value, double? Before, int? Against, IReadOnlyList<Refusal> Refusals)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>
    /// The share of resamples of these images, 0 to 1, in which the candidate is not worse by more than the rule allows; null where that was not
    /// asked.
    /// </summary>
    public double? NotWorse { get; init; }

    [JsonIgnore]
    public bool Passed => Refusals.Count == 0;

    /// <summary>The reasons in English; empty when it passed.</summary>
    public string Words() => string.Join("; ", Refusals.Select(r => r.Words(Metric)));

    /// <summary>What was compared, in English; null for a first version.</summary>
    public string? Comparison() => Before is null || Value is null
        ? null
        : Text($"its {Metric} is {Value:0.0000}, and that of version {Against} on the same images {Before:0.0000}")
            + (NotWorse is { } share ? $"; {Sureness(share)}" : "");

    internal static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    // Not rounded up: 80 % that are wanted and 79.96 % are two things
    internal static string Sureness(double share) =>
        Text($"in {Math.Floor(share * 1000) / 10:0.#}% of the resamples of these images it is no worse than the rule allows");

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <param name="json">Null where no gate was asked.</param>
    public static GateVerdict? Parse(string? json) => json is null ? null : JsonSerializer.Deserialize<GateVerdict>(json, Json);
}

/// <summary>One reason of the gate against a version.</summary>
/// <param name="Kind">Which of the others are set depends on it.</param>
/// <param name="Value">The candidate's; of <see cref="RefusalKind.Unsure"/> the share of resamples in which it is not worse.</param>
/// <param name="Bound">That of the rule: <c>at_least</c>, <c>not_worse_by</c>, <c>sure</c> or <c>min_per_label</c>.</param>
/// <param name="Before">That of the version in service.</param>
/// <param name="Version">The number of the version in service.</param>
/// <param name="Labels">The first few that it is about.</param>
/// <param name="More">How many more there are.</param>
public sealed record Refusal(
    RefusalKind Kind, double? Value = null, double? Bound = null, double? Before = null, int? Version = null, IReadOnlyList<string>? Labels = null,
    int More = 0)
{
    private const int Named = 10;

    public static Refusal About(RefusalKind kind, IReadOnlyCollection<string> labels, double? bound = null) =>
        new(kind, Bound: bound, Labels: [.. labels.Take(Named)], More: Math.Max(0, labels.Count - Named));

    /// <summary>In English, for the catalog and its log.</summary>
    /// <param name="metric">The rule's.</param>
    public string Words(string metric) => Kind switch
    {
        RefusalKind.NothingHeldOut => "no image is held out to judge it by: more labelled images are needed",
        RefusalKind.NoNumber => $"its {metric} is not a number",
        RefusalKind.TooLow => Text($"its {metric} of {Value:0.0000} is below {Bound:0.####}"),
        RefusalKind.Worse => Text($"its {metric} of {Value:0.0000} is more than {Bound:0.####} below {Before:0.0000} of version {Version}"),
        RefusalKind.Unsure => Text(
            $"{GateVerdict.Sureness(Value ?? 0)}, and {Bound * 100:0.#}% are wanted (promote: sure): more held-out images make surer"),
        RefusalKind.FewHeldOut => Text($"these labels have fewer than {Bound} held-out images: {Names}"),
        RefusalKind.LabelsMissing => $"labels of the version in service are missing: {Names} (promote: allow_label_changes)",
        RefusalKind.LabelsNew => $"labels are new: {Names} (promote: allow_label_changes)",
        _ => throw new InvalidOperationException($"A refusal of the kind {Kind} has no words."),
    };

    private string Names => string.Join(", ", Labels ?? []) + (More > 0 ? $" and {More} more" : "");

    private static string Text(FormattableString text) => GateVerdict.Text(text);
}

/// <summary>Why the gate refuses a version.</summary>
public enum RefusalKind
{
    NothingHeldOut,
    NoNumber,

    /// <summary>Below the rule's <c>at_least</c>.</summary>
    TooLow,

    /// <summary>By more than <c>not_worse_by</c> below the version in service.</summary>
    Worse,

    /// <summary>Labels have fewer than <c>min_per_label</c> held-out images.</summary>
    FewHeldOut,
    LabelsMissing,
    LabelsNew,

    /// <summary>Not worse, but by too few images to be sure of it: below the rule's <c>sure</c>.</summary>
    Unsure,
}
