using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Images;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Messages;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Query.Pictures;

/// <summary>A picture that is deleted is gone at once, with all that was known of it.</summary>
public sealed class DeletionTests(PictureHost host) : IClassFixture<PictureHost>
{
    private static readonly byte[] Picture = TestPictures.GradientPng(16, 16);

    [Fact]
    public async Task Object_index_columns_label_embedding_and_keywords_go_at_once_and_the_audit_says_who_did_it()
    {
        await host.PutAsync("shop/bye.png", Picture);
        await host.IndexAsync("shop/bye.png", "bye");
        await host.OwnerAsync("""
            INSERT INTO public.shop (image_path, price) VALUES ('shop/bye.png', 7);
            UPDATE public.shop SET keyword = '과일', keyword_score = 0.75, keyword_source = 'model' WHERE image_path = 'shop/bye.png';
            INSERT INTO thanosql.label (pipeline_id, bucket, key, label, labelled_by)
            SELECT pipeline_id, bucket, 'shop/bye.png', '채소', 'ann' FROM thanosql.pipeline WHERE name = 'shop'
            """);

        (await DeleteAsync("shop/bye.png")).ShouldBe(204);

        (await host.StatAsync("shop/bye.png")).ShouldBeNull();
        (await host.RowsAsync("SELECT price, keyword, keyword_score, keyword_source FROM public.shop WHERE image_path = 'shop/bye.png'"))
            .ShouldBe(["7|||failed"]);
        (await host.RowsAsync("""
            SELECT (SELECT count(*) FROM thanosql.image WHERE key = 'shop/bye.png') + (SELECT count(*) FROM thanosql.label WHERE key = 'shop/bye.png')
                 + (SELECT count(*) FROM thanosql.content WHERE sha256 = sha256('bye'))
            """)).ShouldBe(["0"]);
        (await host.RowsAsync("SELECT count(*) FROM thanosql.keyword WHERE content_id NOT IN (SELECT content_id FROM thanosql.content)"))
            .ShouldBe(["0"]);
        (await host.SendAsync(HttpMethod.Get, "/api/v1/images/shop/bye.png", TokenScope.Query)).Status.ShouldBe(404);
        (await AuditAsync("shop/bye.png")).ShouldBe(["token write|label|delete", "token write|image|delete"], ignoreOrder: true);

        (await DeleteAsync("shop/bye.png")).ShouldBe(204);
        (await AuditAsync("shop/bye.png")).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_row_that_the_pipeline_made_goes_and_what_another_picture_shares_stays()
    {
        await host.IndexAsync("made/1.png", "shared");
        await host.IndexAsync("made/2.png", "shared");
        await host.OwnerAsync("""
            INSERT INTO public.made VALUES ('made/1.png'), ('made/2.png');
            INSERT INTO thanosql.made_row (pipeline_id, image_id)
            SELECT p.pipeline_id, i.image_id FROM thanosql.pipeline p, thanosql.image i WHERE p.name = 'made' AND i.key = 'made/1.png'
            """);

        (await DeleteAsync("made/1.png")).ShouldBe(204);

        (await host.RowsAsync("SELECT image_path FROM public.made")).ShouldBe(["made/2.png"]);
        (await host.RowsAsync("""
            SELECT count(*), count(DISTINCT e.content_id) FROM thanosql.keyword k
            JOIN thanosql.content c USING (content_id) JOIN thanosql.embedding e USING (content_id) WHERE c.sha256 = sha256('shared')
            """)).ShouldBe(["2|1"]);
        (await DeleteAsync("made/2.png")).ShouldBe(204);
        (await host.RowsAsync("SELECT count(*) FROM thanosql.content WHERE sha256 = sha256('shared')")).ShouldBe(["0"]);
        (await host.RowsAsync("SELECT image_path, keyword_source FROM public.made")).ShouldBe(["made/2.png|failed"]); // the shop's own row
    }

    [Fact]
    public async Task Events_of_the_store_that_arrive_late_bring_nothing_back()
    {
        await host.PutAsync("shop/late.png", Picture);
        await DeleteAsync("shop/late.png");
        var intake = host.Services.GetRequiredService<ImageIntake>();
        var late = new ObjectChanged { Bucket = "workspace", Key = "shop/late.png", Source = "test", Deleted = true, Time = DateTimeOffset.UtcNow };

        (await intake.AcceptAsync([late], CancellationToken.None)).ShouldBeEmpty();

        (await host.RowsAsync("SELECT state FROM thanosql.image WHERE key = 'shop/late.png'")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_worker_that_has_the_picture_in_hand_loses_it()
    {
        await host.PutAsync("shop/held.png", Picture);
        await host.OwnerAsync(
            "UPDATE thanosql.image SET lease_owner = gen_random_uuid(), lease_until = now() + interval '1 hour' WHERE key = 'shop/held.png'");

        (await DeleteAsync("shop/held.png")).ShouldBe(204);

        (await host.RowsAsync("SELECT state FROM thanosql.image WHERE key = 'shop/held.png'")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_picture_that_no_pipeline_covers_is_deleted_and_noted_too()
    {
        await host.PutAsync("elsewhere/bye.png", Picture);

        (await DeleteAsync("elsewhere/bye.png")).ShouldBe(204);

        (await host.StatAsync("elsewhere/bye.png")).ShouldBeNull();
        (await AuditAsync("elsewhere/bye.png")).ShouldBe(["token write|image|delete"]);
    }

    [Fact]
    public async Task A_table_that_does_not_take_the_change_says_so_and_the_next_try_goes_on()
    {
        await host.PutAsync("made/kept.png", Picture);
        await host.IndexAsync("made/kept.png", "kept");
        await host.OwnerAsync("""
            INSERT INTO public.made VALUES ('made/kept.png');
            UPDATE public.made SET keyword = '과일' WHERE image_path = 'made/kept.png';
            ALTER TABLE public.made ADD CONSTRAINT always CHECK (image_path <> 'made/kept.png' OR keyword IS NOT NULL)
            """);

        (await DeleteAsync("made/kept.png")).ShouldBe(400);
        await host.OwnerAsync("ALTER TABLE public.made DROP CONSTRAINT always");
        (await DeleteAsync("made/kept.png")).ShouldBe(204);

        (await host.RowsAsync("SELECT state FROM thanosql.image WHERE key = 'made/kept.png'")).ShouldBeEmpty();
        await host.OwnerAsync("DELETE FROM public.made WHERE image_path = 'made/kept.png'");
    }

    [Theory]
    [InlineData("", 400)]
    [InlineData("shop//x.png", 400)]
    [InlineData("%B0%FA.png", 400)]
    [InlineData(".thanosql", 204)]
    [InlineData("shop/nothing.png", 204)]
    [InlineData("shop", 204)]
    public async Task What_is_not_there_is_no_error_and_what_is_no_path_is_one(string path, int expected)
    {
        await host.PutAsync("shop/stays.png", Picture);

        (await DeleteAsync(path)).ShouldBe(expected);

        (await host.StatAsync("shop/stays.png")).ShouldNotBeNull();
    }

    [Fact]
    public async Task Deleting_needs_the_scope_write() =>
        (await host.SendAsync(HttpMethod.Delete, "/api/v1/images/shop/x.png", TokenScope.Query)).Status.ShouldBe(403);

    private async Task<int> DeleteAsync(string path) => (await host.SendAsync(HttpMethod.Delete, $"/api/v1/images/{path}")).Status;

    private Task<List<string>> AuditAsync(string key) =>
        host.RowsAsync($"SELECT who, kind, action FROM thanosql.audit WHERE subject = 's3://workspace/{key}' AND action = 'delete'");
}
