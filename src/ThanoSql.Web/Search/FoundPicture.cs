using System.Text.Json;
using ThanoSql.Query.Search;
using ThanoSql.Query.Similarity;

namespace ThanoSql.Web.Search;

/// <summary>A hit as the page shows it.</summary>
/// <param name="Path">As the table holds it; null for a row without one.</param>
/// <param name="Keyword">Null when nothing was sure.</param>
/// <param name="Score">0 to 1.</param>
/// <param name="Version">Of the model; null when a person said so.</param>
/// <param name="ByPerson">Whether a person said so.</param>
/// <param name="Name">The row's: its first column that holds text, or the file's name.</param>
/// <param name="Number">Of its first column that holds numbers: a price, as a rule.</param>
/// <param name="Url">A small picture.</param>
/// <param name="Columns">What the pipeline's file shows of the row.</param>
public sealed record FoundPicture(
    string? Path, string? Keyword, double Score, int? Version, bool ByPerson, string Name, string? Number, string? Url,
    IReadOnlyList<ColumnText> Columns)
{
    /// <summary>To the picture that it was found by, -1 to 1; null where it was found by keyword.</summary>
    public double? Similarity { get; init; }

    internal static FoundPicture Of(SimilarHit hit, SearchTarget target) =>
        Of(new SearchHit(hit.Path, hit.Keyword!, hit.Score ?? 0, hit.Version, hit.Source, hit.Columns, hit.Image), target) with
        {
            Similarity = hit.Similarity,
        };

    internal static FoundPicture Of(SearchHit hit, SearchTarget target)
    {
        var columns = hit.Columns.Select(c => ColumnText.Of(c.Key, (JsonElement?)c.Value, ColumnKinds.Of(target.Columns[c.Key].Type))).ToList();
        return new FoundPicture(
            hit.Path, hit.Keyword, hit.Score, hit.Version, hit.Source == "person",
            First(ColumnKind.Text) ?? hit.Path?[(hit.Path.LastIndexOf('/') + 1)..] ?? "", First(ColumnKind.Number), hit.Image?.Url, columns);

        string? First(ColumnKind kind) =>
            columns.FirstOrDefault(c => c.Kind == kind && c.Text.Length > 0 && c.Name != target.Definition.ImageCol && !IsOfIndex(c.Name))?.Text;

        bool IsOfIndex(string column) => target.Definition.Columns is var index
            && (column == index.Keyword || column == index.Score || column == index.Version || column == index.Source);
    }
}

/// <param name="Name">Of the column.</param>
/// <param name="Kind">Of its values.</param>
/// <param name="Text">As people write it; empty for NULL.</param>
public sealed record ColumnText(string Name, ColumnKind Kind, string Text)
{
    internal static ColumnText Of(string name, JsonElement? value, ColumnKind kind) => new(name, kind, value switch
    {
        null or { ValueKind: JsonValueKind.Null } => "",
        { ValueKind: JsonValueKind.Number } number => Grouped(number.GetRawText()),
        { ValueKind: JsonValueKind.String } text when kind == ColumnKind.Date => Time(text.GetString()!),
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        { } other => other.GetRawText(),
    });

    // Every digit that PostgreSQL wrote, with separators in the whole part
    private static string Grouped(string number)
    {
        var whole = number.Split('.')[0];
        return long.TryParse(whole, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? $"{PageTexts.Number(value)}{number[whole.Length..]}" : number;
    }

    private static string Time(string iso) => iso.Length > 10
        && DateTimeOffset.TryParse(iso, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var time) ? PageTexts.Time(time) : iso;
}
