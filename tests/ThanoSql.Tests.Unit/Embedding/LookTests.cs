using System.Security.Cryptography;
using ThanoSql.Catalog.Images;
using ThanoSql.Embedding;
using ThanoSql.Storage;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Tests.Unit.Vision.Trunks;
using ThanoSql.Vision.Imaging;
using ThanoSql.Vision.Inference;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Tests.Unit.Embedding;

public sealed class LookTests
{
    private static readonly ObjectInfo Info = new(new ObjectPath("workspace", "p/1.png"), "e1", 1, DateTimeOffset.UnixEpoch);

    [Fact]
    public async Task A_picture_is_embedded_in_every_missing_view()
    {
        using var embedder = Embedder();

        var look = Of(Picture.Of(1), embedder, views: 2);
        await look.EmbedAsync(default);

        (look.IsPicture, look.Failure).ShouldBe((true, null));
        look.Embedded.Select(e => (e.TrunkId, e.View, e.Vector.Length)).ShouldBe([(7, 0, 2 * embedder.Size), (7, 1, 2 * embedder.Size)]);
        look.Embedded[0].Vector.ShouldNotBe(look.Embedded[1].Vector);
    }

    [Fact]
    public async Task Bytes_that_are_no_picture_are_poison_with_the_decoders_code()
    {
        using var embedder = Embedder();

        var look = Of("<html>"u8.ToArray(), embedder, views: 1);
        await look.EmbedAsync(default);

        look.IsPicture.ShouldBeFalse();
        look.Failure.ShouldNotBeNull().Kind.ShouldBe(FailureKind.Poison);
        look.Failure.Reason.ShouldStartWith("not_an_image: ");
    }

    [Fact]
    public async Task A_content_whose_embeddings_are_known_needs_none()
    {
        var look = new Look(Info, [1], SHA256.HashData([1]), []);

        await look.EmbedAsync(default);

        (look.IsPicture, look.Embedded.Count).ShouldBe((true, 0));
    }

    private static Look Of(byte[] bytes, Embedder embedder, int views)
    {
        var space = new EmbeddingSpace(7, embedder, "test trunk", null);
        return new Look(Info, bytes, SHA256.HashData(bytes), [.. Enumerable.Range(0, views).Select(view => new MissingView(space, view))]);
    }

    private static Embedder Embedder()
    {
        var options = new VisionOptions { Provider = VisionProvider.Cpu };
        return new Embedder(new ConvNeXtTrunk(TestTrunk.Weights()), new Preprocessing(32), new InferenceSessionFactory(options), options);
    }
}
