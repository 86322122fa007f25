using Microsoft.Extensions.Logging.Abstractions;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Images;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Catalog;

public sealed class ForgottenImageTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_worker_still_finds_out_about_a_picture_that_is_forgotten_goes_at_once()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        var version = await world.ModelAsync("forgetful");
        var forgotten = await world.IndexedAsync("forgotten/1.jpg", version, "과일", 0.8f);
        var kept = await world.IndexedAsync("forgotten/2.jpg", version, "과일", 0.8f);
        var contents = (await world.RowsAsync("SELECT content_id FROM thanosql.image ORDER BY key")).ConvertAll(
            id => long.Parse(id, System.Globalization.CultureInfo.InvariantCulture));
        await world.SqlAsync("UPDATE thanosql.image SET content_id = NULL WHERE key = 'forgotten/1.jpg'"); // it is read, and not committed yet

        var removal = new ImageRemoval(world.Database, postgres.Sessions, new Workspace("workspace"), NullLogger<ImageRemoval>.Instance);
        (await removal.RemoveAsync("workspace", "forgotten/1.jpg", "tests", wasStored: true, Cancellation)).ShouldBeTrue();
        (await removal.RemoveAsync("workspace", "forgotten/1.jpg", "tests", wasStored: false, Cancellation)).ShouldBeFalse();
        await new OrphanContents(world.Database).RemoveForgottenAsync([(forgotten, contents[0]), (kept, contents[1])], Cancellation);

        (await world.RowsAsync("SELECT content_id FROM thanosql.content")).ShouldBe([$"{contents[1]}"]);
        (await world.RowsAsync("SELECT content_id FROM thanosql.keyword")).ShouldBe([$"{contents[1]}"]);
    }
}
