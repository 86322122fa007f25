using System.Text;
using System.Text.Json;
using ThanoSql.Query.Images;
using ThanoSql.Query.Labels;
using ThanoSql.Storage;

namespace ThanoSql.Web.Labels;

/// <summary>Pictures to look at, with what a page shows of them.</summary>
internal sealed class LabelViews(ImageLinks links)
{
    private const int Width = 240;

    /// <param name="tasks">A page of them.</param>
    /// <param name="caller">Whose links they are.</param>
    /// <param name="cancellationToken">Stops a look at keys and versions.</param>
    public async Task<IReadOnlyList<LabelView>> OfAsync(IReadOnlyList<LabelTask> tasks, Caller caller, CancellationToken cancellationToken)
    {
        var page = await links.ForAsync(Width, caller, cancellationToken);
        return [.. tasks.Select(task => new LabelView(
            task.Item with { Spellings = [] }, // of use to nobody any more
            task.Path, Encoding.UTF8.GetString(page.Of(new ObjectPath(task.Item.Bucket, task.Item.Key))), NameOf(task.Row), FactsOf(task.Row)))];
    }

    private static IReadOnlyList<RowFact> FactsOf(PictureRow? row) =>
        row is null ? [] : [.. row.Columns.Select(column => new RowFact(column.Key, Text(column.Value)))];

    /// <summary>The first text that is no time.</summary>
    private static string? NameOf(PictureRow? row) => row?.Columns.Values
        .Where(value => value.ValueKind == JsonValueKind.String).Select(value => value.GetString())
        .FirstOrDefault(text => !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out _));

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String when DateTimeOffset.TryParse(value.GetString(), CultureInfo.InvariantCulture, out var time) => PageTexts.Time(time),
        JsonValueKind.Number when value.TryGetInt64(out var number) => PageTexts.Number(number),
        JsonValueKind.Null => "",
        _ => value.ToString(),
    };
}
