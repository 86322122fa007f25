using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query;

/// <summary>What is asked of a model without labels.</summary>
public sealed class EmbeddingModelTests(QueryHost host) : IClassFixture<QueryHost>
{
    [Theory]
    [InlineData("PREDICT USING alike AS SELECT * FROM goods", "PREDICT needs a model with labels", 14)]
    [InlineData("SELECT * FROM (PREDICT USING alike AS SELECT * FROM goods)", "PREDICT needs a model with labels", 29)]
    [InlineData("EVALUATE USING alike AS SELECT * FROM goods", "EVALUATE needs a model with labels", 15)]
    [InlineData("SEARCH IMAGE keyword='과일' USING alike AS SELECT * FROM goods", "SEARCH IMAGE by keyword needs a model with labels", 32)]
    public async Task Statements_that_need_labels_say_so_and_what_it_is_for(string statement, string words, int offset)
    {
        await host.ServeEmbeddingsAsync("alike");
        await host.QueryAsync("CREATE TABLE IF NOT EXISTS goods (image_path text, label text)");

        var (status, body) = await host.QueryAsync(statement, TokenScope.Query);

        (status, body.GetProperty("code").GetString()).ShouldBe((400, "no_labels"), body.ToString());
        body.GetProperty("message").GetString().ShouldNotBeNull().ShouldStartWith($"{words}, and 'alike' has none.");
        body.GetProperty("hint").GetString().ShouldBe(EmbeddingModel.Hint("alike"));
        body.GetProperty("position").GetProperty("offset").GetInt32().ShouldBe(offset);
    }

    [Fact]
    public async Task LIST_MODEL_names_its_class()
    {
        await host.ServeEmbeddingsAsync("listed");

        (await host.RowsAsync("SELECT * FROM (LIST MODEL) WHERE model_name = 'listed'")).GetProperty("data").ToString()
            .ShouldBe("""[["listed","SimCLR"]]""");
    }
}
