using ThanoSql.Storage;
using ThanoSql.Storage.Folder;

namespace ThanoSql.Tests.Unit.Storage;

/// <summary>A network file system whose server is gone: its calls do not return.</summary>
public sealed class FolderPatienceTests : IDisposable
{
    private readonly FolderPatience _patience = new(TimeSpan.FromMilliseconds(50));
    private readonly ManualResetEventSlim _server = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task A_call_that_does_not_return_is_given_up_and_many_of_them_are_not_tried_again_until_they_return()
    {
        for (var i = 0; i < FolderPatience.Most; i++)
        {
            (await Should.ThrowAsync<StoreUnavailableException>(() => _patience.RunAsync("shop", Hang, Cancel))).Message
                .ShouldContain("did not answer within");
        }
        (await Should.ThrowAsync<StoreUnavailableException>(() => _patience.RunAsync("shop", () => 1, Cancel))).Message
            .ShouldContain($"{FolderPatience.Most} calls have not returned");

        _server.Set();

        for (var deadline = DateTime.UtcNow.AddSeconds(60); ; await Task.Delay(10, Cancel))
        {
            try
            {
                (await _patience.RunAsync("shop", () => 1, Cancel)).ShouldBe(1);
                return;
            }
            catch (StoreUnavailableException) when (DateTime.UtcNow < deadline)
            {
                // not all have returned yet
            }
        }
    }

    [Fact]
    public async Task Errors_of_the_file_system_are_the_stores_own()
    {
        await Should.ThrowAsync<AccessDeniedException>(() => Throwing(new UnauthorizedAccessException()));
        await Should.ThrowAsync<AccessDeniedException>(() => Throwing(new IOException("read-only", 30)));
        (await Should.ThrowAsync<StoreUnavailableException>(() => Throwing(new IOException("/srv/shop is stale", 116)))).Message
            .ShouldBe("shop: Stale file handle.");
        await Should.ThrowAsync<BlockedPathException>(() => Throwing(new IOException("/srv/shop is a directory", 21)));
        await Should.ThrowAsync<BlockedPathException>(() => Throwing(new IOException("/srv/shop is no directory", 20)));
        await Should.ThrowAsync<InvalidPathException>(() => Throwing(new IOException("/srv/shop: invalid argument", 22)));
        (await Should.ThrowAsync<InvalidPathException>(() => Throwing(new PathTooLongException("/srv/shop")))).Message.ShouldNotContain("/srv");
        (await Should.ThrowAsync<StoreUnavailableException>(() => Throwing(new FileNotFoundException("/srv/shop is away")))).Message
            .ShouldNotContain("/srv");

        Task<int> Throwing(Exception error) => _patience.RunAsync<int>("shop", () => throw error, Cancel);
    }

    private int Hang()
    {
        _server.Wait(Cancel);
        return 1;
    }
}
