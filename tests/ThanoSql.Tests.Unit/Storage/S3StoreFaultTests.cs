using System.Text;
using Microsoft.AspNetCore.Http;
using ThanoSql.Storage;
using ThanoSql.Storage.S3;

namespace ThanoSql.Tests.Unit.Storage;

public sealed class S3StoreFaultTests
{
    private static readonly ObjectPath Picture = new("shop", "1.jpg");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_overloaded_server_is_asked_again()
    {
        await using var server = await ScriptedServer.StartAsync(Error(503, "SlowDown"), Error(500, "InternalError"), Content("picture"));
        using var store = Store(server);

        Encoding.UTF8.GetString(await ReadAsync(store)).ShouldBe("picture");
        server.Requests.Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_server_that_stays_down_is_a_transient_error()
    {
        await using var server = await ScriptedServer.StartAsync(Error(503, "ServiceUnavailable"));
        using var store = Store(server);

        await Should.ThrowAsync<StoreUnavailableException>(() => store.StatAsync(Picture, Cancel));

        server.Requests.Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_page_of_a_proxy_in_place_of_an_answer_is_a_transient_error()
    {
        await using var server = await ScriptedServer.StartAsync(Html(502));
        using var store = Store(server);

        await Should.ThrowAsync<StoreUnavailableException>(() => store.OpenReadAsync(Picture, Cancel));
    }

    [Fact]
    public async Task A_server_that_cannot_be_reached_is_a_transient_error()
    {
        using var store = new S3Store(Options("http://127.0.0.1:1"), TimeProvider.System);

        await Should.ThrowAsync<StoreUnavailableException>(() => store.OpenReadAsync(Picture, Cancel));
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_a_transient_error()
    {
        await using var server = await ScriptedServer.StartAsync(context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        using var store = Store(server);

        await Should.ThrowAsync<StoreUnavailableException>(() => store.OpenReadAsync(Picture, Cancel));
    }

    [Fact]
    public async Task A_body_that_is_cut_is_a_transient_error()
    {
        await using var server = await ScriptedServer.StartAsync(Cut);
        using var store = Store(server);

        // The reset may overtake the head of the answer.
        await Should.ThrowAsync<StoreUnavailableException>(() => ReadAsync(store));
    }

    [Fact]
    public async Task A_body_that_arrives_damaged_is_a_transient_error()
    {
        await using var server = await ScriptedServer.StartAsync(Content("picture", etag: "00000000000000000000000000000000"));
        using var store = Store(server);

        (await Should.ThrowAsync<StoreUnavailableException>(() => ReadAsync(store))).Message.ShouldContain("damaged");
    }

    [Fact]
    public async Task A_body_that_stalls_is_a_transient_error()
    {
        await using var server = await ScriptedServer.StartAsync(Stall);
        using var store = Store(server);
        await Should.ThrowAsync<TruncatedObjectException>(() => ReadAsync(store));
    }

    [Fact]
    public async Task A_write_is_sent_whole_again()
    {
        await using var server = await ScriptedServer.StartAsync(Error(503, "SlowDown"), Empty);
        using var store = Store(server);
        using var content = new MemoryStream(Encoding.UTF8.GetBytes("skip picture")) { Position = 5 };

        await store.WriteAsync(Picture, content, "image/jpeg", Cancel);

        server.Requests.Select(request => request.Body).ShouldBe(["picture", "picture"]);
    }

    [Fact]
    public async Task A_write_whose_connection_breaks_is_sent_again()
    {
        await using var server = await ScriptedServer.StartAsync(Abort, Empty);
        using var store = Store(server);
        using var content = new MemoryStream("picture"u8.ToArray());

        await store.WriteAsync(Picture, content, "image/jpeg", Cancel);

        server.Requests.Select(request => request.Body).ShouldBe(["picture", "picture"]);
    }

    [Fact]
    public async Task A_write_that_is_answered_by_nobody_is_a_transient_error()
    {
        await using var server = await ScriptedServer.StartAsync(Abort);
        using var store = Store(server);
        using var content = new MemoryStream("picture"u8.ToArray());

        await Should.ThrowAsync<StoreUnavailableException>(() => store.WriteAsync(Picture, content, null, Cancel));
    }

    [Fact]
    public async Task A_cancelled_write_is_cancelled_and_not_transient()
    {
        await using var server = await ScriptedServer.StartAsync(context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        using var store = Store(server);
        using var content = new MemoryStream("picture"u8.ToArray());
        using var cancelled = new CancellationTokenSource();
        var call = store.WriteAsync(Picture, content, null, cancelled.Token);
        await cancelled.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task A_listing_that_is_cut_or_replaced_by_a_page_is_asked_for_again()
    {
        await using var server = await ScriptedServer.StartAsync(Cut, Html(502), Listing("%EC%82%AC%EA%B3%BC/1%2B1+50%25+%23.jpg"));
        using var store = Store(server);

        var page = (await ListAsync(store)).ShouldHaveSingleItem();

        page.Objects.ShouldHaveSingleItem().Key.ShouldBe("사과/1+1 50% #.jpg");
        page.Last.ShouldBe("사과/1+1 50% #.jpg");
    }

    [Fact]
    public async Task A_page_in_place_of_a_listing_is_a_transient_error()
    {
        await using var server = await ScriptedServer.StartAsync(Html(200));
        using var store = Store(server);

        await Should.ThrowAsync<StoreUnavailableException>(() => ListAsync(store));
    }

    [Fact]
    public async Task A_look_at_an_object_is_one_request()
    {
        await using var server = await ScriptedServer.StartAsync(Error(404, ""));
        using var store = Store(server);

        (await store.StatAsync(new ObjectPath("shop", "a.jpg"), Cancel)).ShouldBeNull();

        var (method, target, _) = server.Requests.ShouldHaveSingleItem();
        method.ShouldBe("HEAD");
        target.ShouldStartWith("/shop/a.jpg?X-Amz-Algorithm=");
    }

    [Fact]
    public async Task A_bucket_is_made_where_the_server_is_whatever_region_is_signed()
    {
        await using var server = await ScriptedServer.StartAsync(Error(503, "SlowDown"), Error(409, "BucketAlreadyOwnedByYou"));
        var options = Options(server.Address);
        options.Region = "seoul";
        using var store = new S3Store(options, TimeProvider.System);

        await store.EnsureBucketAsync("shop", Cancel);

        server.Requests.ShouldBe([("PUT", "/shop", ""), ("PUT", "/shop", "")]);
    }

    [Theory]
    [InlineData(403, "AccessDenied")]
    [InlineData(400, "InvalidArgument")]
    public async Task A_refusal_is_not_tried_again(int status, string code)
    {
        await using var server = await ScriptedServer.StartAsync(Error(status, code));
        using var store = Store(server);

        var error = await Should.ThrowAsync<StoreRefusedException>(() => store.OpenReadAsync(Picture, Cancel));

        error.Message.ShouldContain(code);
        server.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_cancelled_call_is_cancelled_and_not_transient()
    {
        await using var server = await ScriptedServer.StartAsync(context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        using var store = Store(server);
        using var cancelled = new CancellationTokenSource();
        var call = store.OpenReadAsync(Picture, cancelled.Token);
        await cancelled.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => call);
    }

    private static async Task<byte[]> ReadAsync(S3Store store)
    {
        await using var opened = (await store.OpenReadAsync(Picture, Cancel)).ShouldNotBeNull();
        return await opened.ReadAllAsync(10_000, Cancel);
    }

    private static async Task<List<ObjectPage>> ListAsync(S3Store store)
    {
        var pages = new List<ObjectPage>();
        await foreach (var page in store.ListAsync("shop", "", null, Cancel))
            pages.Add(page);
        return pages;
    }

    private static S3Store Store(ScriptedServer server) => new(Options(server.Address), TimeProvider.System);

    private static S3StoreOptions Options(string endpoint) => new()
    {
        Endpoint = endpoint,
        AccessKey = "key",
        SecretKey = "secret",
        Timeout = TimeSpan.FromSeconds(1),
        Retries = 2,
        RetryDelay = TimeSpan.FromMilliseconds(1),
    };

    private static RequestDelegate Error(int status, string code) => context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/xml";
        return context.Response.WriteAsync($"<Error><Code>{code}</Code><Message>no</Message></Error>");
    };

    private static RequestDelegate Html(int status) => context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html";
        return context.Response.WriteAsync("<html><body>Bad gateway<br></body></html>");
    };

    private static RequestDelegate Content(string text, string etag = "of-two-parts-2") => context =>
    {
        Describe(context, text.Length, etag);
        return context.Response.WriteAsync(text);
    };

    private static RequestDelegate Listing(string key) => context => context.Response.WriteAsync(
        $"""
        <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>
        <Contents><Key>{key}</Key><LastModified>2026-03-01T09:30:00.000Z</LastModified><ETag>"1"</ETag><Size>1</Size></Contents></ListBucketResult>
        """);

    private static Task Abort(HttpContext context)
    {
        context.Abort();
        return Task.CompletedTask;
    }

    private static Task Empty(HttpContext context)
    {
        Describe(context, 0);
        return Task.CompletedTask;
    }

    private static async Task Cut(HttpContext context)
    {
        Describe(context, 1000);
        await context.Response.Body.WriteAsync(new byte[10]);
        await context.Response.Body.FlushAsync();
        context.Abort();
    }

    private static async Task Stall(HttpContext context)
    {
        Describe(context, 1000);
        await context.Response.Body.WriteAsync(new byte[10]);
        await context.Response.Body.FlushAsync();
        await Task.Delay(Timeout.Infinite, context.RequestAborted);
    }

    private static void Describe(HttpContext context, long length, string etag = "of-two-parts-2")
    {
        context.Response.Headers.ETag = $"\"{etag}\"";
        context.Response.Headers.LastModified = "Sun, 01 Mar 2026 09:30:00 GMT";
        context.Response.ContentLength = length;
    }
}
