using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Embedding;
using ThanoSql.Storage;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Vision.Imaging;

namespace ThanoSql.Tests.Integration.Query.Pictures;

/// <summary>
/// The query service with a trunk of its own, random numbers at 32 pixels, over the pictures and the model of the published examples:
/// <c>my_image_search_model</c>, and <c>mnist_test</c> with pictures 920 to 925, of which nobody looked at any yet.
/// </summary>
public sealed class PictureStatementHost(RealServers servers) : QueryHost(servers)
{
    public const string Folder923 = "thanosql-dataset/mnist_data/test";

    private readonly string _models = Directory.CreateTempSubdirectory("thanosql-no-weights-").FullName;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        var space = await Services.GetRequiredService<EmbeddingSpaces>().OpenAsync("ConvNeXt_Atto", new Preprocessing(32), CancellationToken.None);
        await OwnerAsync($"""
            INSERT INTO thanosql.model (name, algorithm, image_col, label_col, dialect)
                VALUES ('my_image_search_model', 'SimCLR', 'image_path', 'label', 'old');
            INSERT INTO thanosql.model_version (model_id, number, trunk_id, state, labels, head, source)
                SELECT model_id, 1, {space.TrunkId}, 'current', ARRAY[]::text[], '', '' FROM thanosql.model;
            UPDATE thanosql.model SET current_version_id = (SELECT version_id FROM thanosql.model_version);
            """);
        await Store.EnsureBucketAsync("workspace", CancellationToken.None);
        (await QueryAsync("CREATE TABLE mnist_test (image_path text, label integer)")).Status.ShouldBe(200);
        for (var number = 920; number <= 925; number++)
            await AddAsync("mnist_test", number);
    }

    public async Task AddAsync(string table, int number)
    {
        var path = $"{Folder923}/{number}.jpg";
        using var picture = new MemoryStream(Picture.Of(number));
        await Store.WriteAsync(new ObjectPath("workspace", path), picture, "image/png", CancellationToken.None);
        (await QueryAsync($"INSERT INTO {table} VALUES ('{path}', {number % 3})")).Status.ShouldBe(200);
    }

    protected override void AddStore(IServiceCollection services)
    {
        base.AddStore(services);
        services.AddEmbedding(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Vision:Provider"] = "cpu",
            ["Models:Folder"] = _models,
            ["Models:BundledFolder"] = _models,
            ["Models:Download"] = "false",
        }).Build());
    }
}
