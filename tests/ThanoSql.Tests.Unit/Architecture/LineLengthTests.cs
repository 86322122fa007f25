using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Unit.Architecture;

public sealed class LineLengthTests
{
    private const int Most = 150;

    [Theory]
    [InlineData("src")]
    [InlineData("tests")]
    public void No_line_is_longer_than_a_screen(string folder)
    {
        var files = SourceFiles.Of(folder).ToList();
        files.Count.ShouldBeGreaterThan(100);

        var tooLong = from file in files
                      from line in File.ReadLines(file).Index()
                      where line.Item.Length > Most
                      select $"{Path.GetRelativePath(Repository.Root, file)}({line.Index + 1}): {line.Item.Length} characters";
        tooLong.ShouldBeEmpty();
    }
}
