using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Embedding.Similarity;
using ThanoSql.Query.Similarity;
using ThanoSql.Storage;

namespace ThanoSql.Tests.Integration.Query.Similarity;

/// <summary>How candidates come from the index: in order, each once, however few it is asked for at a time.</summary>
public sealed class CandidateTests(GoodsHost host) : IClassFixture<GoodsHost>, IAsyncLifetime
{
    private PictureVector _asked = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private SimilarContents Index => host.Services.GetRequiredService<SimilarContents>();

    public async ValueTask InitializeAsync() => _asked = (await host.Services.GetRequiredService<PictureVectors>().OfObjectAsync(
        new ObjectPath("workspace", "goods/fog.png"), host.Space, Cancel)).ShouldNotBeNull();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(1000)]
    public async Task All_of_them_come_in_order_whatever_the_index_is_asked_for_first(int first)
    {
        var all = await Index.NearestAsync(host.Space, _asked.Vector, 1000, null, Cancel);

        var found = await FindAsync(
            new NearPicture(null, null), first, float.PositiveInfinity, _ => Task.FromResult<IReadOnlyCollection<long>?>(null));

        found.Count.ShouldBe(all.Count);
        found.Select(c => c.ContentId).ShouldBeUnique();
        found.Select(c => c.Similarity).ShouldBeInOrder(SortDirection.Descending);
    }

    [Fact]
    public async Task Where_the_first_do_not_do_the_filter_is_asked_once_and_its_contents_are_compared()
    {
        var all = await Index.NearestAsync(host.Space, _asked.Vector, 1000, null, Cancel);
        var (passing, asked) = (new[] { all[^1].ContentId, all[^3].ContentId, all[0].ContentId }, 0);

        var found = await FindAsync(new NearPicture(null, null), 5, float.PositiveInfinity, _ =>
        {
            asked++;
            return Task.FromResult<IReadOnlyCollection<long>?>(passing);
        });

        asked.ShouldBe(1);
        found.Select(c => c.ContentId).ShouldBeUnique();
        found.TakeLast(2).Select(c => c.ContentId).ShouldBe([all[^3].ContentId, all[^1].ContentId]);
    }

    [Fact]
    public async Task They_begin_with_a_similarity_and_end_with_one()
    {
        var all = await FindAsync(new NearPicture(null, null), 1000, float.PositiveInfinity, _ => throw new InvalidOperationException());

        var found = await FindAsync(
            new NearPicture(null, null, MinSimilarity: all[8].Similarity), 3, all[4].Similarity,
            _ => Task.FromResult<IReadOnlyCollection<long>?>(null));

        found.ShouldBe(all[4..9]);
    }

    private async Task<List<SimilarContent>> FindAsync(
        NearPicture near, int first, float from, Func<CancellationToken, Task<IReadOnlyCollection<long>?>> passing)
    {
        var found = new List<SimilarContent>();
        await foreach (var batch in new SimilarCandidates(Index, near, host.Space, _asked).BatchesAsync(first, from, passing, Cancel))
            found.AddRange(batch);
        return found;
    }
}
