using Microsoft.AspNetCore.Http;
using ThanoSql.Storage;
using ThanoSql.Storage.S3;

namespace ThanoSql.Tests.Unit.Storage;

/// <summary>What a server refuses for good is told from an outage, and a refused condition from both.</summary>
public sealed class S3RefusalTests
{
    private static readonly ObjectPath Picture = new("shop", "a.jpeg/x.jpeg");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(400, "XMinioParentIsObject", typeof(BlockedPathException))]
    [InlineData(409, "XMinioObjectExistsAsDirectory", typeof(BlockedPathException))]
    [InlineData(400, "XMinioInvalidObjectName", typeof(InvalidPathException))]
    [InlineData(400, "KeyTooLongError", typeof(InvalidPathException))]
    [InlineData(400, "InvalidArgument", typeof(StoreRefusedException))]
    [InlineData(501, "NotImplemented", typeof(StoreRefusedException))]
    [InlineData(403, "AccessDenied", typeof(AccessDeniedException))]
    [InlineData(403, "QuotaExceeded", typeof(AccessDeniedException))]
    public async Task A_write_that_is_refused_for_good_is_sent_once(int status, string code, Type expected)
    {
        await using var server = await ScriptedServer.StartAsync(Answer(status, code));
        using var store = Store(server);

        (await Should.ThrowAsync<StoreException>(() => WriteAsync(store))).ShouldBeOfType(expected);

        server.Requests.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("PreconditionFailed")]
    [InlineData("")]
    public async Task What_somebody_else_stored_first_is_left_alone(string code)
    {
        await using var server = await ScriptedServer.StartAsync(Answer(404, "NoSuchKey"), Answer(412, code));
        using var store = Store(server);

        (await WriteNewAsync(store)).ShouldBeNull();

        server.Requests.Select(r => r.Method).ShouldBe(["HEAD", "PUT"]);
    }

    [Fact]
    public async Task A_write_that_met_another_is_tried_again_under_its_condition()
    {
        var conditions = new List<string>();
        await using var server = await ScriptedServer.StartAsync(
            Answer(404, "NoSuchKey"), Noting(Answer(409, "ConditionalRequestConflict")), Noting(Stored));
        using var store = Store(server);

        (await WriteNewAsync(store)).ShouldNotBeNull().ETag.ShouldBe("e1");

        conditions.ShouldBe(["*", "*"]);

        RequestDelegate Noting(RequestDelegate answer) => context =>
        {
            conditions.Add(context.Request.Headers.IfNoneMatch.ToString());
            return answer(context);
        };
    }

    [Fact]
    public async Task A_server_that_does_not_know_the_condition_is_asked_first()
    {
        await using var server = await ScriptedServer.StartAsync(Stored);
        using var store = Store(server);

        (await WriteNewAsync(store)).ShouldBeNull();

        server.Requests.Select(r => r.Method).ShouldBe(["HEAD"]);
    }

    private static async Task<ObjectInfo> WriteAsync(S3Store store)
    {
        using var content = new MemoryStream([1]);
        return await store.WriteAsync(Picture, content, "image/jpeg", Cancel);
    }

    private static async Task<ObjectInfo?> WriteNewAsync(S3Store store)
    {
        using var content = new MemoryStream([1]);
        return await store.WriteNewAsync(Picture, content, "image/jpeg", Cancel);
    }

    private static S3Store Store(ScriptedServer server) => new(
        new S3StoreOptions
        {
            Endpoint = server.Address,
            AccessKey = "key",
            SecretKey = "secret",
            Retries = 2,
            RetryDelay = TimeSpan.FromMilliseconds(1),
        },
        TimeProvider.System);

    private static Task Stored(HttpContext context)
    {
        context.Response.Headers.ETag = "\"e1\"";
        context.Response.ContentLength = 0;
        return Task.CompletedTask;
    }

    private static RequestDelegate Answer(int status, string code) => context =>
    {
        context.Response.StatusCode = status;
        return context.Request.Method == "HEAD" || code.Length == 0
            ? Task.CompletedTask
            : context.Response.WriteAsync($"<Error><Code>{code}</Code><Message>no</Message></Error>");
    };
}
