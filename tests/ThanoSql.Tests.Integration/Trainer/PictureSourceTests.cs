namespace ThanoSql.Tests.Integration.Trainer;

/// <summary>The source of a BUILD may compare pictures.</summary>
public sealed class PictureSourceTests(TrainingScene scene) : IClassFixture<TrainingScene>
{
    [Fact]
    public async Task A_model_is_built_from_the_pictures_that_are_most_like_one()
    {
        await scene.PaintFruitAsync("alike");
        await scene.PromoteAsync("alike_model", TrainingScene.Build("alike_model", "SELECT * FROM alike"));
        var apple = await scene.ScalarAsync<string>("SELECT min(image_path) FROM alike WHERE label = '사과'");

        await scene.PromoteAsync("narrow_model", TrainingScene.Build("narrow_model", $"""
            SELECT image_path, CASE WHEN search_result > 0.999999 THEN '사과' ELSE label END AS label
            FROM (SEARCH IMAGE USING alike_model OPTIONS (search_by='image', search_input='{apple}', top_k=20) AS SELECT * FROM alike)
            """));

        (await scene.ScalarAsync<string>("SELECT version || ' ' || labels FROM thanosql.models WHERE name = 'narrow_model'")).ShouldBe("1 2");
    }
}
