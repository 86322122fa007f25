using System.Text.RegularExpressions;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Browser.Look;

/// <summary>Pictures of the page, to be looked at by people: in <c>artifacts/page</c>, which git ignores.</summary>
internal static partial class Screenshots
{
    private static readonly string Folder = Repository.File("artifacts/page");

    /// <summary>What is in the window now.</summary>
    /// <returns>The file.</returns>
    public static async Task<string> TakeAsync(IPage page, string name)
    {
        Directory.CreateDirectory(Folder);
        var file = Path.Combine(Folder, $"{NoName().Replace(name, "-")}.png");
        await page.ScreenshotAsync(new PageScreenshotOptions { Path = file });
        return file;
    }

    [GeneratedRegex(@"[^\p{L}\d_-]+")]
    private static partial Regex NoName();
}
