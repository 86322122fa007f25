using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Tables;

namespace ThanoSql.Tests.Integration.Planning;

public sealed class PipelineTableTests(SeededCatalog catalog) : IClassFixture<SeededCatalog>
{
    private static readonly PipelineDefinition Shop = new()
    {
        Name = "shop",
        Table = "diet",
        ImageCol = "image_path",
        Columns = new IndexColumns { Source = "who_says" },
        Model = new PipelineModel { Name = "new_model" },
        Synonyms = new Dictionary<string, IReadOnlyList<string>> { ["과일"] = ["열매"] },
    };

    [Fact]
    public async Task A_pipelines_table_is_looked_up_row_by_row_while_nothing_is_left_to_key()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var tables = new PipelineTables(catalog.Owner, catalog.Sessions, new Workspace("workspace"), NullLogger<PipelineTables>.Instance);
        await new PipelineCatalog(catalog.Owner, tables).RegisterAsync([Shop], cancellation);

        var keyed = await catalog.RunAsync(
            "SELECT * FROM (PREDICT USING new_model AS SELECT image_path FROM diet WHERE price > 10) ORDER BY image_path LIMIT 2");
        var search = await catalog.RunAsync("SEARCH IMAGE keyword='열매' USING new_model OPTIONS (top_k=1) AS SELECT image_path FROM diet");
        await catalog.ExecuteAsync("INSERT INTO diet (image_path) VALUES ('later.jpg')");
        var left = await catalog.RunAsync("PREDICT USING new_model AS SELECT image_path FROM diet");

        keyed.Sql.ShouldNotContain("thanosql_best");
        keyed.Column("predict_result").ShouldBe(["과일", "채소"]);
        search.Sql.ShouldContain("path_spellings");
        search.Column("image_path").ShouldBe(["f/3.jpg"]);
        left.Sql.ShouldContain("thanosql_best");
        catalog.Filled.ShouldBe(["later.jpg"]);
    }

    [Theory]
    [InlineData("f/3.jpg", "workspace", "f/3.jpg")]
    [InlineData("./f/3.jpg", "workspace", "f/3.jpg")]
    [InlineData("/home/jovyan/f/3.jpg", "workspace", "f/3.jpg")]
    [InlineData("s3://workspace/f/3.jpg", "workspace", "f/3.jpg")]
    [InlineData("s3://other/귤/가 +.jpg", "other", "귤/가 +.jpg")]
    [InlineData("귤/가 +.jpg", "workspace", "귤/가 +.jpg", NormalizationForm.FormD)]
    public async Task Every_spelling_of_an_objects_name_finds_its_row(
        string path, string bucket, string key, NormalizationForm form = NormalizationForm.FormC)
    {
        await using var command = catalog.Owner.CreateCommand("""
            SELECT $1 = ANY (thanosql.path_spellings($2, $3, 'workspace')), thanosql.object_key($1) = $3
                AND thanosql.object_bucket($1, 'workspace') = $2
            """);
        command.Parameters.AddRange(
            new NpgsqlParameter[] { new() { Value = path.Normalize(form) }, new() { Value = bucket }, new() { Value = key } });
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);

        (await reader.ReadAsync(TestContext.Current.CancellationToken)).ShouldBeTrue();
        reader.GetBoolean(0).ShouldBeTrue();
        reader.GetBoolean(1).ShouldBeTrue();
    }
}
