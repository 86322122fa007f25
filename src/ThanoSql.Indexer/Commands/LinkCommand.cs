using ThanoSql.Catalog.Links;
using ThanoSql.Query.Images;

namespace ThanoSql.Indexer.Commands;

/// <summary><c>thanosql links rotate</c></summary>
internal static class LinkCommand
{
    public static Command Create() => new("links", "The key that signs image links and page cursors.") { Rotate() };

    private static Command Rotate()
    {
        var atOnce = new Option<bool>("--at-once") { Description = "Also ends every link and cursor that is in use: for a key that became known." };
        var command = new Command("rotate", "Signs with a new key within a second; what the last one signed holds until it ends.") { atOnce };
        command.SetCatalogAction(async (parsed, services, cancellationToken) =>
        {
            var keep = parsed.GetValue(atOnce) ? TimeSpan.Zero : services.GetRequiredService<IOptions<ImageOptions>>().Value.LongestLink;
            var id = await services.GetRequiredService<LinkKeyCatalog>().RotateAsync(keep, cancellationToken);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Key {id} signs from now on."));
        });
        return command;
    }
}
