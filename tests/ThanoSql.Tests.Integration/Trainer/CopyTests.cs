using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Embedding;
using ThanoSql.Storage;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Tests.Integration.Trainer;

/// <summary>What BUILD and PREDICT make of images whose content is known: nothing is embedded, so that no weights are needed.</summary>
public sealed class CopyTests(TrainingScene scene) : IClassFixture<TrainingScene>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_copy_of_a_known_picture_has_its_embeddings_in_all_views_and_is_not_embedded_again()
    {
        var space = await scene.Services.GetRequiredService<EmbeddingSpaces>().OpenAsync("ConvNeXt_Atto", new(32), Cancellation);
        var known = await PutAsync("copies/known.png", seed: 1);
        var content = (await scene.Services.GetRequiredService<ImageEmbedder>().EnsureAsync([known], space.TrunkId, views: 3, null, Cancellation))
            .ShouldHaveSingleItem();
        await using var weightless = scene.WithoutWeights();
        var embedder = weightless.GetRequiredService<ImageEmbedder>();

        var copies = new[] { await PutAsync("copies/one.png", seed: 1), await PutAsync("copies/two.png", seed: 1) };

        (await embedder.EnsureAsync(copies, space.TrunkId, views: 3, null, Cancellation)).ShouldBe([content, content]);
        (await scene.ScalarAsync<long>($"SELECT count(*) FROM thanosql.image WHERE content_id = {content} AND state = 'indexed'")).ShouldBe(3);
        var other = await PutAsync("copies/other.png", seed: 2);
        await Should.ThrowAsync<TrunkException>(() => embedder.EnsureAsync([other], space.TrunkId, views: 1, null, Cancellation));
    }

    private async Task<ObjectPath> PutAsync(string key, int seed)
    {
        var path = new ObjectPath("workspace", key);
        using var picture = new MemoryStream(Shapes.Png(200, 100, 0, seed));
        await scene.Store.WriteAsync(path, picture, "image/png", Cancellation);
        return path;
    }
}
