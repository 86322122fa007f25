using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using ThanoSql.Catalog.Webhooks;
using ThanoSql.Query.Webhooks;

namespace ThanoSql.Tests.Integration.Query.Webhooks;

/// <summary>Unless it is allowed, a call goes to the public internet or nowhere, whatever a name says at first.</summary>
public sealed class ForbiddenAddressTests
{
    private static readonly WebhookMessage Message = WebhookMessage.Test(DateTimeOffset.UtcNow);

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("169.254.169.254", "10.0.0.7", "fd00::1")]
    public async Task A_name_that_leads_inside_is_not_called(params string[] addresses)
    {
        using var inside = new TcpListener(IPAddress.Loopback, 0);
        inside.Start();
        using var caller = Caller((_, _) => Task.FromResult(Array.ConvertAll(addresses, IPAddress.Parse)));

        var answer = await CallAsync(caller, $"http://shop.example:{((IPEndPoint)inside.LocalEndpoint).Port}/");

        answer.Error.ShouldNotBeNull().ShouldContain("'shop.example' is not on the public internet (Webhooks:AllowPrivate)");
        inside.Pending().ShouldBeFalse();
    }

    [Fact]
    public async Task A_name_that_leads_inside_only_the_second_time_is_not_called_there()
    {
        using var inside = new TcpListener(IPAddress.Loopback, 0);
        inside.Start();
        var asked = 0;
        // Nobody answers at the first: 192.0.2.0/24 is for documents, so it is as forbidden as the second
        using var caller = Caller((_, _) => Task.FromResult<IPAddress[]>([asked++ == 0 ? IPAddress.Parse("192.0.2.1") : IPAddress.Loopback]));

        for (var i = 0; i < 2; i++)
            (await CallAsync(caller, $"http://shop.example:{((IPEndPoint)inside.LocalEndpoint).Port}/")).Error.ShouldNotBeNull();

        asked.ShouldBe(2);
        inside.Pending().ShouldBeFalse();
    }

    [Theory]
    [InlineData("http://127.0.0.1/")]
    [InlineData("http://2130706433/")]
    [InlineData("http://0x7f.1/")]
    [InlineData("http://0/")]
    [InlineData("http://[::1]/")]
    [InlineData("http://[::ffff:10.1.2.3]/")]
    [InlineData("http://169.254.169.254/latest/meta-data")]
    public async Task A_literal_address_inside_is_not_called(string url)
    {
        using var caller = Caller((_, _) => throw new InvalidOperationException("no name to look up"));

        (await CallAsync(caller, url)).Error.ShouldNotBeNull().ShouldContain("is not on the public internet");
    }

    [Fact]
    public async Task Without_TLS_nobody_is_called_unless_it_is_allowed()
    {
        using var caller = Caller((_, _) => throw new InvalidOperationException("no name to look up"), allowHttp: false);

        (await CallAsync(caller, "http://shop.example/")).Error.ShouldNotBeNull().ShouldContain("has no TLS");
    }

    private static WebhookCaller Caller(ResolveHost resolve, bool allowHttp = true) =>
        new(Options.Create(new WebhookOptions { AllowHttp = allowHttp, Timeout = TimeSpan.FromSeconds(20) }), resolve, TimeProvider.System);

    private static Task<WebhookAnswer> CallAsync(WebhookCaller caller, string url) =>
        caller.CallAsync(new WebhookTarget(url, [1, 2, 3]), Message, TestContext.Current.CancellationToken);
}
