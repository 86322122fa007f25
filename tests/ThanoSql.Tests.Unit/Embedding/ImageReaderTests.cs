using Microsoft.Extensions.Options;
using Npgsql;
using ThanoSql.Catalog.Images;
using ThanoSql.Embedding;
using ThanoSql.Storage;
using ThanoSql.Vision.Imaging;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Tests.Unit.Embedding;

/// <summary>How a look ends before anything is embedded; neither catalog nor trunk is asked.</summary>
public sealed class ImageReaderTests
{
    private const int Limit = 2048;
    private static readonly ObjectPath Path = new("workspace", "p/1.png");

    [Fact]
    public async Task An_object_that_is_not_there_is_gone()
    {
        var look = await ReadAsync(new OneObject((byte[]?)null));

        (look.IsGone, look.IsPicture, look.Failure).ShouldBe((true, false, null));
    }

    [Fact]
    public async Task An_object_above_the_limit_of_all_readers_is_poison_and_its_etag_is_kept()
    {
        var look = await ReadAsync(new OneObject(new byte[Limit + 1]));

        look.Failure.ShouldNotBeNull().Kind.ShouldBe(FailureKind.Poison);
        look.Failure.Reason.ShouldStartWith("store: ");
        look.Failure.Reason.ShouldContain("more than the limit of 2,048");
        (look.Info?.ETag, look.IsGone).ShouldBe(("e1", false));
    }

    [Fact]
    public async Task An_object_that_was_refused_under_this_etag_is_left_unread()
    {
        var look = await ReadAsync(new OneObject([1]), refusedETag: "e1");

        (look.IsGone, look.IsPicture, look.Hash, look.Failure).ShouldBe((false, false, null, null));
    }

    [Fact]
    public async Task A_store_that_does_not_answer_is_a_transient_failure_and_no_answer_about_the_object()
    {
        var look = await ReadAsync(new OneObject(new StoreUnavailableException("The store is down.")));

        look.Failure.ShouldBe(new ImageFailure(FailureKind.Transient, "store: The store is down."));
        look.IsGone.ShouldBeFalse();
    }

    [Fact]
    public void An_error_is_classified_by_what_an_operator_must_do_and_one_of_our_own_is_none_of_the_picture()
    {
        ImageFailure.Of(new ImageRejectedException(ImageRejection.Truncated, "Cut.")).ShouldBe(new(FailureKind.Poison, "truncated: Cut."));
        ImageFailure.Of(new InvalidPathException("Empty.")).ShouldBe(new(FailureKind.Poison, "path: Empty."));
        ImageFailure.Of(new StoreRefusedException("Too large.")).ShouldBe(new(FailureKind.Poison, "store: Too large."));
        ImageFailure.Of(new AccessDeniedException("Denied.")).ShouldBe(new(FailureKind.Transient, "store: Denied."));
        ImageFailure.Of(new BucketNotFoundException("shop")).ShouldNotBeNull().Kind.ShouldBe(FailureKind.Transient);
        ImageFailure.Of(new EndOfStreamException("Short.")).ShouldBe(new(FailureKind.Transient, "store: Short."));
        ImageFailure.Of(new TrunkException("Gone.")).ShouldBeNull();
        ImageFailure.Of(new NpgsqlException("Down.")).ShouldBeNull();
    }

    private static async Task<Look> ReadAsync(IObjectStore store, string? refusedETag = null)
    {
        await using var nobody = NpgsqlDataSource.Create("Host=nowhere.invalid");
        var reader = new ImageReader(store, nobody, null!, Options.Create(new ReadingOptions { MaxBytes = Limit }));
        return await reader.ReadAsync(Path, [1], views: 1, refusedETag, TestContext.Current.CancellationToken);
    }

    /// <summary>A store with one object, none, or no answer.</summary>
    private sealed class OneObject(byte[]? content) : IObjectStore
    {
        private readonly Exception? _failure;

        public OneObject(Exception failure)
            : this((byte[]?)null) => _failure = failure;

        public Task<StoredObject?> OpenReadAsync(ObjectPath path, CancellationToken cancellationToken) =>
            _failure is not null ? Task.FromException<StoredObject?>(_failure) : Task.FromResult(content is null ? null : new StoredObject(
                new ObjectInfo(path, "e1", content.Length, DateTimeOffset.UnixEpoch), new MemoryStream(content)));

        public Task<ObjectInfo?> StatAsync(ObjectPath path, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<ObjectInfo> WriteAsync(ObjectPath path, Stream content, string? contentType, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<ObjectInfo?> WriteNewAsync(ObjectPath path, Stream content, string? contentType, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task DeleteAsync(ObjectPath path, CancellationToken cancellationToken) => throw new NotSupportedException();

        public IAsyncEnumerable<ObjectPage> ListAsync(string bucket, string prefix, string? startAfter, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task EnsureBucketAsync(string bucket, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
