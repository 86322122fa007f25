using System.Text.Json;

namespace ThanoSql.Catalog.Runs;

/// <summary>What a promotion changes in the index: the column <c>changes</c> of a run.</summary>
/// <param name="Pictures">That the new version answers for; copies of one picture count once.</param>
/// <param name="Changed">Of these, how many get another keyword. Those that a person labelled keep it.</param>
/// <param name="Samples">Some of them, picked at random: always the same of the same pictures.</param>
public sealed record KeywordChanges(long Pictures, long Changed, IReadOnlyList<KeywordChange> Samples)
{
    /// <summary>Samples at most.</summary>
    public const int Most = 20;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>In English, for the run's log.</summary>
    public string Words()
    {
        var first = Samples.Count == 0 ? "" : $", for example {Samples[0].Words()}";
        return string.Create(CultureInfo.InvariantCulture, $"{Changed:N0} of {Pictures:N0} pictures get another keyword{first}.");
    }

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <param name="json">Null where nothing was compared.</param>
    public static KeywordChanges? Parse(string? json) => json is null ? null : JsonSerializer.Deserialize<KeywordChanges>(json, Json);
}

/// <summary>A picture whose keyword changes.</summary>
/// <param name="Path">As a user's table names it.</param>
/// <param name="From">Null where the version in service is not sure of any.</param>
/// <param name="To">Null where the new one is not.</param>
public sealed record KeywordChange(string Path, string? From, string? To)
{
    /// <summary>In English.</summary>
    public string Words() => $"{Path}: {From ?? "none"} → {To ?? "none"}";
}
