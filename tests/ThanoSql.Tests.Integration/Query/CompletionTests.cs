using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Query.Completion;

namespace ThanoSql.Tests.Integration.Query;

/// <summary>A bar stands for the caret.</summary>
public sealed class CompletionTests(CompletionTests.Scene scene) : IClassFixture<CompletionTests.Scene>
{
    [Fact]
    public async Task Behind_FROM_stand_the_tables_that_the_token_may_read_and_then_models()
    {
        var items = await CompleteAsync("SELECT * FROM |");

        Names(items).ShouldContain("completed_products");
        Names(items).ShouldContain("\"Mixed Case\"");
        Names(items).ShouldContain("thanosql.models");
        Names(items).ShouldNotContain("completed_secret"); // the role has no right to it
        Names(items).ShouldNotContain("thanosql.image");
        items[^1].Text.ShouldBe("(PREDICT USING completed_foods AS SELECT * FROM completed_products)");
    }

    [Fact]
    public async Task What_was_typed_narrows_and_the_catalogs_views_have_their_schema()
    {
        Names(await CompleteAsync("SELECT * FROM completed_p|")).ShouldBe(["completed_products"]);
        Names(await CompleteAsync("SELECT * FROM thanosql.mod|")).ShouldBe(["model_stamp", "model_versions", "models"]);
    }

    [Fact]
    public async Task Columns_are_those_of_the_tables_that_the_statement_names()
    {
        var items = await CompleteAsync("SELECT p.| FROM completed_products p");

        items.Select(i => (i.Text, i.Detail)).ShouldContain(("price", "integer"));
        items.ShouldAllBe(i => i.Kind == SuggestionKind.Column);
        Names(await CompleteAsync("SELECT * FROM completed_products WHERE pri|")).ShouldBe(["price", "PRINT", "PRIMARY"]);
        Names(await CompleteAsync("SELECT x.| FROM completed_products p")).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_answer_of_a_model_is_a_column()
    {
        Names(await CompleteAsync("SELECT predi| FROM (PREDICT USING completed_foods AS SELECT * FROM completed_products)"))
            .ShouldBe(["predicted", "predict_result", "PREDICT"], ignoreOrder: true);
    }

    [Fact]
    public async Task Behind_USING_stand_models()
    {
        (await CompleteAsync("PREDICT USING compl|")).ShouldBe(
            [new Suggestion("completed_foods", "completed_foods", SuggestionKind.Model, "ConvNeXt_Tiny")]);
        Names(await CompleteAsync("BUILD MODEL m USING ConvNeXt_T|")).ShouldBe(["ConvNeXt_Tiny"]);
    }

    [Theory]
    [InlineData("PREDICT", false)]
    [InlineData("EVALUATE", false)]
    [InlineData("FIT MODEL m", false)]
    [InlineData("CONVERT", true)]
    [InlineData("SEARCH IMAGE image='a.jpg'", true)]
    [InlineData("CREATE TABLE t", true)]
    public async Task A_model_without_labels_stands_only_where_it_can_be_used(string statement, bool stands) =>
        Names(await CompleteAsync($"{statement} USING ali|")).ShouldBe(stands ? ["alike"] : []);

    [Fact]
    public async Task A_model_without_labels_may_be_deleted() => Names(await CompleteAsync("DELETE MODEL ali|")).ShouldBe(["alike"]);

    [Theory]
    [InlineData("SELECT * FROM completed_products WHERE keyword = '|")]
    [InlineData("SELECT * FROM completed_products WHERE keyword IN ('x', '|")]
    [InlineData("SELECT * FROM (PREDICT USING completed_foods AS SELECT * FROM completed_products) WHERE predicted = '|")]
    public async Task Inside_quotes_behind_a_column_of_labels_stand_labels(string text) =>
        Names(await CompleteAsync(text)).ShouldBe(["과일'", "채소'", "생선'"], ignoreOrder: true);

    [Fact]
    public async Task Labels_are_found_by_what_a_keyboard_has_typed_so_far()
    {
        Names(await CompleteAsync("SELECT * FROM completed_products WHERE keyword = 'ㄱ|'")).ShouldBe(["과일"]);
        Names(await CompleteAsync("SELECT * FROM completed_products WHERE keyword = '괴|")).ShouldBe(["과일'"]);
    }

    [Theory]
    [InlineData("SELECT * FROM completed_products WHERE name = '|")]
    [InlineData("SELECT * FROM completed_products LIMIT |")]
    [InlineData("-- |")]
    public async Task Where_nothing_is_known_nothing_is_suggested(string text) => (await CompleteAsync(text)).ShouldBeEmpty();

    [Fact]
    public async Task A_statement_begins_with_a_command() =>
        Names(await CompleteAsync("|")).Take(3).ShouldBe(["SELECT", "PREDICT", "SEARCH"]);

    private static IEnumerable<string> Names(IEnumerable<Suggestion> items) => items.Select(item => item.Text);

    private async Task<IReadOnlyList<Suggestion>> CompleteAsync(string text)
    {
        var at = text.IndexOf('|', StringComparison.Ordinal);
        var completer = scene.Services.GetRequiredService<Completer>();
        return (await completer.CompleteAsync(text.Remove(at, 1), at, await scene.TokenAsync(TokenScope.Query), CancellationToken.None)).Items;
    }

    /// <summary>A table that a pipeline fills, one that only the owner reads, and a model.</summary>
    public sealed class Scene(Fixtures.RealServers servers) : QueryHost(servers)
    {
        public override async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            await QueryAsync("CREATE TABLE completed_products (image_path text, name text, price integer, keyword text)");
            await QueryAsync("CREATE TABLE \"Mixed Case\" (a integer)");
            await OwnerAsync("CREATE TABLE completed_secret (a integer); REVOKE ALL ON completed_secret FROM PUBLIC");
            await OwnerAsync(
                """
                DO $$
                DECLARE r text;
                BEGIN
                    FOR r IN SELECT current_database() || kind FROM unnest(ARRAY['_query', '_write', '_reader', '_writer']) AS kind LOOP
                        EXECUTE format('REVOKE ALL ON completed_secret FROM %I', r);
                    END LOOP;
                END $$
                """);
            await ServeModelAsync("completed_foods");
            await ServeEmbeddingsAsync("alike");
            await OwnerAsync(
                """
                INSERT INTO thanosql.pipeline (name, bucket, prefix, table_name, model_name, definition, state)
                VALUES ('completed', 'workspace', 'completed/', 'completed_products', 'completed_foods',
                    '{"name": "completed", "table": "completed_products", "model": {"name": "completed_foods"}}', 'active')
                """);
        }
    }
}
