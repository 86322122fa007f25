using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Embedding;
using ThanoSql.Storage;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Tests.Integration.Trainer;
using ThanoSql.Vision.Imaging;

namespace ThanoSql.Tests.Integration.Query;

/// <summary>CREATE TABLE … USING over pictures that are really looked at.</summary>
public sealed class FolderTableTests(FolderTableTests.Scene scene) : IClassFixture<FolderTableTests.Scene>
{
    [Fact]
    public async Task A_folder_becomes_a_table_of_its_pictures_with_their_embeddings_in_the_order_of_their_names()
    {
        await scene.PaintAsync("album/1.jpg", "album/deep/2.PNG", "album/notes.txt", "album2/3.jpg");

        var (status, body) = await scene.QueryAsync(
            "CREATE TABLE album USING alike OPTIONS (path_type='folder', data_type='image', batch_size=32, overwrite=False) FROM 'album'");

        status.ShouldBe(200, body.ToString());
        (await scene.RowsAsync("SELECT image_path, cardinality(alike_simclr) FROM album")).GetProperty("data").ToString()
            .ShouldBe("""[["album/1.jpg",320],["album/deep/2.PNG",320]]""");
        (await scene.OwnerAsync<string>("SELECT tableowner FROM pg_tables WHERE tablename = 'album'")).ShouldEndWith("write");
        (await scene.OwnerAsync<long>("SELECT count(*) FROM pg_class WHERE relname = 'thanosql_files'")).ShouldBe(0);
    }

    [Fact]
    public async Task Only_files_of_the_types_that_are_asked_for_are_taken_and_a_table_is_replaced_only_when_told()
    {
        await scene.PaintAsync("mixed/1.jpg", "mixed/2.png");
        (await scene.QueryAsync("CREATE TABLE mixed USING alike OPTIONS (file_type=['.jpg']) FROM 's3://workspace/mixed/'")).Status.ShouldBe(200);
        (await scene.RowsAsync("SELECT image_path FROM mixed")).GetProperty("data").ToString().ShouldBe("""[["mixed/1.jpg"]]""");

        (await scene.QueryAsync("CREATE TABLE mixed USING alike FROM 'mixed'")).Status.ShouldBe(409);
        (await scene.QueryAsync(
            "CREATE TABLE mixed USING alike OPTIONS (overwrite=True, file_type='PNG', image_col='photo', result_col='v') FROM 'mixed'")).Status
            .ShouldBe(200);

        (await scene.RowsAsync("SELECT photo, cardinality(v) FROM mixed")).GetProperty("data").ToString().ShouldBe("""[["mixed/2.png",320]]""");
        (await scene.QueryAsync("CREATE VIEW mixed_view AS SELECT * FROM mixed")).Status.ShouldBe(200);
        var (status, body) = await scene.QueryAsync("CREATE TABLE mixed USING alike OPTIONS (overwrite=True) FROM 'mixed'");
        (status, body.ToString()).ShouldSatisfyAllConditions(a => a.status.ShouldBe(400), a => a.Item2.ShouldContain("Drop the views first"));
    }

    [Fact]
    public async Task A_folder_of_more_files_than_a_page_of_the_store_is_taken_whole()
    {
        var picture = Shapes.Png(10, 200, 30, 1);
        for (var i = 0; i < 1_050; i++)
        {
            using var copy = new MemoryStream(picture);
            await scene.Store.WriteAsync(new ObjectPath("workspace", $"many/{i:0000}.png"), copy, null, TestContext.Current.CancellationToken);
        }

        var (status, body) = await scene.QueryAsync("CREATE TABLE many USING alike FROM 'many'");

        status.ShouldBe(200, body.ToString());
        (await scene.RowsAsync("SELECT count(*), count(alike_simclr), count(DISTINCT alike_simclr) FROM many")).GetProperty("data").ToString()
            .ShouldBe("[[1050,1050,1]]");
    }

    [Fact]
    public async Task One_file_makes_a_table_of_one_row()
    {
        await scene.PaintAsync("single/1.jpg", "single/2.jpg");

        (await scene.QueryAsync("CREATE TABLE single USING alike OPTIONS (path_type='file') FROM 'single/2.jpg'")).Status.ShouldBe(200);

        (await scene.RowsAsync("SELECT image_path FROM single")).GetProperty("data").ToString().ShouldBe("""[["single/2.jpg"]]""");
    }

    [Fact]
    public async Task The_rows_of_a_source_keep_their_columns_and_a_picture_that_cannot_be_read_has_no_embedding()
    {
        await scene.PaintAsync("goods/1.jpg");
        await scene.QueryAsync("CREATE TABLE goods (price int, image_path text)");
        await scene.QueryAsync("INSERT INTO goods VALUES (10, 'goods/1.jpg'), (20, 'goods/gone.jpg'), (30, NULL)");

        var (status, body) = await scene.QueryAsync("CREATE TABLE goods_2 USING alike AS SELECT * FROM goods WHERE price < 40 ORDER BY price");

        status.ShouldBe(200, body.ToString());
        (await scene.RowsAsync("SELECT price, image_path, alike_simclr IS NULL FROM goods_2")).GetProperty("data").ToString()
            .ShouldBe("""[[10,"goods/1.jpg",false],[20,"goods/gone.jpg",true],[30,null,true]]""");
    }

    [Theory]
    [InlineData("CREATE TABLE t USING alike AS SELECT * FROM nowhere", "42P01", 44)]
    [InlineData("CREATE TABLE t USING alike AS SELECT 1 AS price", "unknown_column", 30)]
    [InlineData("CREATE TABLE t USING alike OPTIONS (result_col='image_path') AS SELECT 'a.jpg' AS image_path", "column_exists", 64)]
    public async Task A_mistake_in_the_source_points_at_its_place(string statement, string code, int offset)
    {
        var (_, body) = await scene.QueryAsync(statement);

        body.GetProperty("code").GetString().ShouldBe(code, body.ToString());
        body.GetProperty("position").GetProperty("offset").GetInt32().ShouldBe(offset);
        (await scene.OwnerAsync<bool>("SELECT to_regclass('public.t') IS NULL")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_table_that_a_pipeline_fills_is_not_replaced()
    {
        await scene.PaintAsync("shop/1.jpg");
        await scene.QueryAsync("CREATE TABLE filled (image_path text)");
        await scene.OwnerAsync(
            """
            INSERT INTO thanosql.pipeline (name, bucket, prefix, table_name, model_name, definition)
            VALUES ('filled', 'workspace', 'filled/', 'filled', 'm', '{"name": "filled", "table": "filled", "model": {"name": "m"}}')
            """);

        var (status, body) = await scene.QueryAsync("CREATE TABLE filled USING alike OPTIONS (overwrite=True) FROM 'shop'");

        status.ShouldBe(409, body.ToString());
        (await scene.RowsAsync("SELECT count(*) FROM filled")).GetProperty("data")[0][0].GetInt32().ShouldBe(0);
    }

    [Fact]
    public async Task Two_at_once_make_one_table()
    {
        await scene.PaintAsync("twice/1.jpg");

        var both = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => scene.QueryAsync("CREATE TABLE twice USING alike FROM 'twice'")));

        both.Select(b => b.Status).Order().ShouldBe([200, 409]);
        (await scene.RowsAsync("SELECT count(*) FROM twice")).GetProperty("data")[0][0].GetInt32().ShouldBe(1);
    }

    /// <summary>A model without labels over the random trunk at 32 pixels.</summary>
    public sealed class Scene(RealServers servers) : QueryHost(servers)
    {
        // Pictures are really looked at, on whatever machine this is
        protected override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string> { ["Query:Limits:Seconds"] = "300" };

        public override async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            await Store.EnsureBucketAsync("workspace", CancellationToken.None);
            var spaces = Services.GetRequiredService<EmbeddingSpaces>();
            var space = await spaces.OpenAsync("ConvNeXt_Atto", new Preprocessing(32), CancellationToken.None);
            await ServeEmbeddingsAsync("alike");
            await OwnerAsync($"UPDATE thanosql.model_version SET trunk_id = {space.TrunkId}");
        }

        public async Task PaintAsync(params string[] keys)
        {
            foreach (var key in keys)
            {
                using var picture = new MemoryStream(Shapes.Png(200, 30, 30, key.GetHashCode(StringComparison.Ordinal)));
                await Store.WriteAsync(new ObjectPath("workspace", key), picture, null, CancellationToken.None);
            }
        }

        protected override void AddStore(IServiceCollection services)
        {
            base.AddStore(services);
            var models = Path.Combine(Folder, "models");
            services.AddEmbedding(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Vision:Provider"] = "cpu",
                ["Models:Folder"] = models,
                ["Models:BundledFolder"] = models,
                ["Models:Download"] = "false",
            }).Build());
        }
    }
}
