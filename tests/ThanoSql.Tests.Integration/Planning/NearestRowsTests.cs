using Microsoft.Extensions.Logging.Abstractions;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Tables;

namespace ThanoSql.Tests.Integration.Planning;

/// <summary>A search over a pipeline's table goes from the nearest contents to the rows, and gives what the general way gives.</summary>
public sealed class NearestRowsTests(SeededPictures pictures) : IClassFixture<SeededPictures>
{
    private const string FastWay = "thanosql_similarity"; // the column of its own table

    [Fact]
    public async Task A_pipelines_table_is_reached_from_the_nearest_contents_as_long_as_they_are_enough()
    {
        const string Search = "SEARCH IMAGE USING new_model OPTIONS (search_by='image', search_input='f/3.jpg', top_k={0}) AS SELECT * FROM {1}";
        await pictures.Catalog.ExecuteAsync($"""
            INSERT INTO diet SELECT 's3://workspace/f/1.jpg', 'twin', 11;
            CREATE TABLE same AS SELECT * FROM diet;
            GRANT SELECT ON same TO PUBLIC
            """);
        (string Top, string Source)[] asked =
        [
            ("3", "diet"), ("1", "diet WHERE price > 10 AND label = 'twin'"), ("2", "diet WHERE price > 30 ORDER BY price LIMIT 3"), ("7", "diet"),
            ("None", "diet"), ("1000", "diet"), ("5", "diet WHERE price < 12"),
        ];
        var general = new List<Answer>();
        foreach (var (top, source) in asked)
        {
            general.Add(await pictures.RunAsync(string.Format(
                null, Search, top, source.Replace("diet", "same", StringComparison.Ordinal))));
        }
        await RegisterAsync();

        var fast = new List<Answer>();
        foreach (var (top, source) in asked)
            fast.Add(await pictures.RunAsync(string.Format(null, Search, top, source)));

        fast.Select(a => a.Sql.Contains(FastWay, StringComparison.Ordinal)).ShouldBe([true, true, true, true, false, false, false]);
        general.ShouldAllBe(a => !a.Sql.Contains(FastWay, StringComparison.Ordinal));
        for (var i = 0; i < asked.Length; i++)
        {
            string[] columns = ["image_path", "label", "price", "search_result"];
            foreach (var column in columns)
            {
                // Equals may come in either order
                fast[i].Column(column).Select(v => v?.ToString()).Order().ShouldBe(general[i].Column(column).Select(v => v?.ToString()).Order());
            }
            fast[i].Column("search_result").ShouldBe(general[i].Column("search_result"));
        }

        await pictures.Catalog.ExecuteAsync("INSERT INTO diet (image_path) VALUES ('not yet keyed.jpg')");
        (await pictures.RunAsync(string.Format(null, Search, "1", "diet"))).Sql.ShouldNotContain(FastWay);
    }

    private Task RegisterAsync()
    {
        var catalog = pictures.Catalog;
        var tables = new PipelineTables(catalog.Owner, catalog.Sessions, new Workspace("workspace"), NullLogger<PipelineTables>.Instance);
        var shop = new PipelineDefinition
        {
            Name = "shop",
            Table = "diet",
            ImageCol = "image_path",
            Columns = new IndexColumns { Source = "who_says" },
            Model = new PipelineModel { Name = "new_model" },
        };
        return new PipelineCatalog(catalog.Owner, tables).RegisterAsync([shop], TestContext.Current.CancellationToken);
    }
}
