using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Similarity;
using ThanoSql.Embedding.Similarity;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Similarity;

public sealed class PgvectorTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_database_without_pgvector_is_refused_with_what_to_do()
    {
        await using var world = await SimilarityWorld.CreateAsync(postgres);
        var options = Options.Create(new SimilarityOptions { Similarity = SimilaritySearch.Pgvector });
        using var similar = new SimilarContents(world.Database, options, TimeProvider.System, NullLogger<SimilarContents>.Instance);

        var atStart = await Should.ThrowAsync<CatalogException>(new VectorTables(world.Database).SchemaAsync(Cancellation));
        var atSearch = await Should.ThrowAsync<CatalogException>(similar.NearestAsync(world.Trunk, new float[] { 1 }, 1, null, Cancellation));

        atStart.Message.ShouldContain("CREATE EXTENSION vector");
        atStart.Message.ShouldContain("Search:Similarity");
        atSearch.Message.ShouldBe(atStart.Message);
    }

    [Fact]
    public async Task Embeddings_come_page_by_page_in_the_order_of_contents()
    {
        await using var world = await SimilarityWorld.CreateAsync(postgres);
        var contents = await world.AddAsync(world.Random(5, 1));

        var first = await PlainEmbeddings.PageAsync(world.Database, world.Trunk, long.MinValue, 3, Cancellation);
        var second = await PlainEmbeddings.PageAsync(world.Database, world.Trunk, first[^1].ContentId, 3, Cancellation);

        first.Concat(second).Select(e => e.ContentId).ShouldBe(contents);
    }
}
