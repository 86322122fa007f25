namespace ThanoSql.Tests.Integration.Dialect;

/// <summary>Every published statement does what docs/dialect.md says of it.</summary>
public sealed class PublishedStatementTests(DialectService service) : IClassFixture<DialectService>
{
    public static TheoryData<string> Texts => [.. PublishedStatements.All.Select(p => p.Text)];

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task A_published_statement_runs_or_is_refused_by_name(string text)
    {
        var published = PublishedStatements.All.Single(p => p.Text == text);

        var told = await service.SendAsync(text);

        told.Code.ShouldBe(published.Code, told.Message);
        told.Message.ShouldContain(published.Says);
        (told.Columns ?? []).ShouldBe(published.Columns);
        told.Print.ShouldBe(text.StartsWith("PRINT", StringComparison.Ordinal) && published.Code is null ? "print_image" : null);
    }

    [Fact]
    public async Task The_tutorial_of_September_2022_runs_as_it_was_written()
    {
        await SucceedAsync("""
            BUILD MODEL diet_image_classification
            USING ConvNeXt_Tiny
            OPTIONS (
                image_col='image_path', 
                label_col='label', 
                epochs=1,
                overwrite=True
                )
            AS 
            SELECT *
            FROM diet
            """);
        var predicted = await service.SendAsync("PREDICT USING diet_image_classification\nAS \nSELECT *\nFROM diet");
        var joined = await service.SendAsync("""
            SELECT A.image_path, A.label, B.predicted 
            FROM diet A
            LEFT JOIN (
                SELECT * 
                FROM (PREDICT USING diet_image_classification 
                AS SELECT * FROM diet)) B 
            ON A.image_path = B.image_path
            WHERE A.label = B.predicted
            AND A.label LIKE '사과파이'
            LIMIT 10
            """);
        var nested = await service.SendAsync("SELECT * FROM (PREDICT USING diet_image_classification AS SELECT * FROM diet) WHERE label = predicted");
        var metrics = await service.SendAsync("EVALUATE USING diet_image_classification AS SELECT * FROM diet");

        predicted.Columns.ShouldBe(["image_path", "predicted"]);
        predicted.Rows!.Count.ShouldBe(DialectService.Pictures);
        joined.Columns.ShouldBe(["image_path", "label", "predicted"]);
        joined.Rows!.Count.ShouldBe(DialectService.Pictures / 2);
        nested.Columns.ShouldBe(["image_path", "label", "predicted"]);
        nested.Rows!.Count.ShouldBe(DialectService.Pictures);
        metrics.Columns.ShouldBe(["metrics", "value"]);
        metrics.Rows!.Take(4).Select(r => r[0]).ShouldBe(["Accuracy", "macro-Recall", "macro-Precision", "macro-f1-score"]);
    }

    [Fact]
    public async Task The_tutorial_of_2023_runs_as_it_was_written()
    {
        await SucceedAsync("COPY diet \nOPTIONS (if_exists='replace')\nFROM 'thanosql-dataset/diet_data/diet.csv'");
        await SucceedAsync("""
            BUILD MODEL diet_image_classification
            USING ConvNeXt_Tiny
            OPTIONS (
                image_col='image_path', 
                label_col='label', 
                max_epochs=1,
                overwrite=True
                )
            AS 
            SELECT *
            FROM diet
            """);
        var predicted = await service.SendAsync("""
            PREDICT USING diet_image_classification
            OPTIONS (
                image_col='image_path',
                result_col='predict_result'
                )
            AS 
            SELECT *
            FROM diet
            """);
        var nested = await service.SendAsync("""
            SELECT *
            FROM (
                PREDICT USING diet_image_classification
                AS
                SELECT *
                FROM diet
                )
            WHERE label=predict_result
            AND label LIKE '사과파이'
            LIMIT 10
            """);

        predicted.Columns.ShouldBe(["image_path", "label", "predict_result"]);
        predicted.Rows!.Count.ShouldBe(DialectService.Pictures);
        nested.Columns.ShouldBe(["image_path", "label", "predict_result"]);
        nested.Rows!.Count.ShouldBe(DialectService.Pictures / 2);
    }

    [Fact]
    public async Task A_model_is_deleted_and_so_is_a_name_of_weights()
    {
        await SucceedAsync("GET THANOSQL MODEL convnext OPTIONS (overwrite=True) AS weights_of_mine");
        await SucceedAsync("FIT MODEL fitted USING weights_of_mine OPTIONS (max_epochs=1, overwrite=True) AS SELECT * FROM diet");
        await SucceedAsync("DELETE MODEL fitted");
        await SucceedAsync("DELETE MODEL weights_of_mine");

        (await service.SendAsync("DELETE MODEL weights_of_mine")).Code.ShouldBe("unknown_model");
        (await service.SendAsync("SELECT * FROM (LIST MODEL) WHERE model_name = 'fitted'")).Rows!.ShouldBeEmpty();
    }

    private async Task SucceedAsync(string statement)
    {
        var told = await service.SendAsync(statement);
        told.Code.ShouldBeNull(told.Message);
        told.Columns.ShouldBeNull();
    }
}
