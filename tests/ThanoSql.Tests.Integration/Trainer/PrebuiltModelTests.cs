using ThanoSql.Catalog.Runs;

namespace ThanoSql.Tests.Integration.Trainer;

/// <summary>
/// GET THANOSQL MODEL, and what is made with the name that it gives. No weights are installed here, so the stand-in takes their place.
/// </summary>
public sealed class PrebuiltModelTests(TrainingScene scene) : IClassFixture<TrainingScene>
{
    private const string Options = "OPTIONS (input_size=32, epochs=1, overwrite=True)";

    [Theory]
    [InlineData("GET THANOSQL MODEL convnext", "convnext")]
    [InlineData("GET THANOSQL MODEL ConvNeXt_Atto OPTIONS (overwrite=True) AS my_atto", "my_atto")]
    [InlineData("GET THANOSQL MODEL convnext OPTIONS (model_name='나의_모델', overwrite=True)", "나의_모델")]
    public async Task A_name_that_was_fetched_is_a_basis_for_BUILD_and_FIT(string statement, string name)
    {
        var table = $"fetched_{name}";
        await scene.PaintFruitAsync(table);

        var fetched = await scene.PromoteAsync(name, statement);
        await scene.PromoteAsync($"{name}_built", $"BUILD MODEL {name}_built USING {name} {Options} AS SELECT * FROM {table}");
        await scene.PromoteAsync($"{name}_fitted", $"FIT MODEL {name}_fitted USING {name} {Options} AS SELECT * FROM {table}");

        fetched.Log.ShouldContain($"USING {name}");
        (await scene.ScalarAsync<string>($"SELECT string_agg(DISTINCT class_name, ',') FROM thanosql.models WHERE name LIKE '{name}%'"))
            .ShouldBe(name == "my_atto" ? "ConvNeXt_Atto" : "ConvNeXt_Tiny");
    }

    [Fact]
    public async Task A_name_is_given_once_unless_it_is_to_be_overwritten_and_can_be_deleted()
    {
        const string Get = "GET THANOSQL MODEL convnext OPTIONS (model_name='given_once'";
        await scene.PromoteAsync("given_once", $"{Get})");

        (await scene.RunAsync("given_once", $"{Get})")).ErrorCode.ShouldBe("model_exists");
        await scene.PromoteAsync("given_once", $"{Get}, overwrite=True)");
        await scene.PromoteAsync("given_once", "DELETE MODEL given_once");
        (await scene.RunAsync("given_once", "DELETE MODEL given_once")).ErrorCode.ShouldBe("unknown_model");
    }

    [Theory]
    [InlineData("GET THANOSQL MODEL convnext AS ConvNeXt_Atto", "model_exists")]
    [InlineData("GET THANOSQL MODEL convnext OPTIONS (model_name='../weights')", "bad_request")]
    [InlineData("GET THANOSQL MODEL convnext OPTIONS (model_name='a/../b')", "bad_request")]
    [InlineData("GET THANOSQL MODEL nobody", "unknown_model")]
    [InlineData("FIT MODEL x USING wav2vec2 OPTIONS (audio_col='a') AS SELECT 1", "not_supported")]
    [InlineData("FIT MODEL fit_test_classifier USING test_classifier OPTIONS (target = 'survived') AS SELECT 1", "not_supported")]
    [InlineData("BUILD MODEL x USING ConvNeXt_tiny AS SELECT 1", "unknown_algorithm")]
    public async Task What_cannot_be_fetched_is_refused(string statement, string code)
    {
        var run = await scene.RunAsync("x", statement);

        (run.State, run.ErrorCode).ShouldBe((RunState.Failed, code));
    }
}
