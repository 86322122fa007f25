using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Roles;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query.Limits;

/// <summary>One token cannot keep others waiting, and nobody keeps search and health waiting.</summary>
public sealed class SharesTests(NarrowHost host) : IClassFixture<NarrowHost>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_token_gets_no_more_than_its_share_and_others_do_not_wait_for_it()
    {
        var (greedy, other) = (await host.NewTokenAsync(TokenScope.Query), await host.NewTokenAsync(TokenScope.Query));
        await using var running = await host.BusyAsync(greedy, statements: 2);

        using var third = await host.SendAsync(greedy, "SELECT 3", Cancellation);
        (await host.QueryAsAsync(other, "SELECT 1")).Status.ShouldBe(200);

        var told = await Answers.ReadAsync(third);
        (told.Status, told.Code).ShouldBe((HttpStatusCode.TooManyRequests, "too_many_requests"));
        told.Text.ShouldContain("Query:Limits:TokenAtOnce");
        third.Headers.RetryAfter!.Delta.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_server_that_is_full_says_so_and_when_to_ask_again()
    {
        await using var first = await host.BusyAsync(await host.NewTokenAsync(TokenScope.Query), statements: 2);
        await using var second = await host.BusyAsync(await host.NewTokenAsync(TokenScope.Query), statements: 2);

        using var third = await host.SendAsync(await host.NewTokenAsync(TokenScope.Query), "SELECT 3", Cancellation);

        var told = await Answers.ReadAsync(third);
        (told.Status, told.Code).ShouldBe((HttpStatusCode.ServiceUnavailable, "busy"));
        told.Text.ShouldContain("Query:Limits:AtOnce");
        third.Headers.RetryAfter!.Delta.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_notebook_is_told_by_code_and_text()
    {
        var token = await host.NewTokenAsync(TokenScope.Query);
        await using var running = await host.BusyAsync(token, statements: 2);
        using var socket = await Client029.ConnectAsync(host.Address, token);
        await socket.SendAsync(Encoding.UTF8.GetBytes("SELECT 3"), WebSocketMessageType.Text, true, Cancellation);

        var frame = (await Client029.ReceiveAsync(socket))!.Value;

        frame.GetProperty("output_type").GetString().ShouldBe("ERROR");
        frame.GetProperty("output_message").GetString()!.ShouldContain("Query:Limits:TokenAtOnce");
        frame.GetProperty("code").GetString().ShouldBe("too_many_requests");
        frame.GetProperty("retry_after").GetInt32().ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Search_and_health_answer_while_every_other_connection_is_held()
    {
        await host.ServeModelAsync("groups");
        await host.OwnerAsync("""
            DROP TABLE IF EXISTS public.products;
            CREATE TABLE public.products (image_path text, keyword text, keyword_score real, keyword_version integer, keyword_source text)
            """);
        await host.Services.GetRequiredService<PipelineCatalog>().RegisterAsync(
            [PipelineFile.Parse("name: products\nprefix: products/\ntable: products\nmodel:\n  name: groups\n", "p.yaml", "workspace")],
            Cancellation);
        await host.Services.GetRequiredService<UserDatabase>().RefreshAsync(Cancellation);
        await using var first = await host.BusyAsync(await host.NewTokenAsync(TokenScope.Query), statements: 2);
        await using var second = await host.BusyAsync(await host.NewTokenAsync(TokenScope.Query), statements: 2);
        var held = new List<NpgsqlConnection>();
        try
        {
            for (var i = new NpgsqlConnectionStringBuilder(host.Owner.ConnectionString).MaxPoolSize; i > 0; i--)
                held.Add(await host.Owner.OpenConnectionAsync(Cancellation));
            using var client = host.Client(TokenScope.Search);

            foreach (var address in new[] { "/api/v1/search?table=products&keyword=과일", "/api/v1/keywords?table=products", "/health/ready" })
            {
                using var answer = await client.GetAsync(new Uri(address, UriKind.Relative), Cancellation);
                answer.StatusCode.ShouldBe(HttpStatusCode.OK, address);
            }
        }
        finally
        {
            foreach (var connection in held)
                await connection.DisposeAsync();
        }
    }
}
