using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Query.Access;
using ThanoSql.Query.Images;
using ThanoSql.Storage;

namespace ThanoSql.Tests.Integration.Query;

/// <summary>A token that is revoked ends at once, whatever is still being done with it.</summary>
public sealed class RevocationTests(QueryHost host) : IClassFixture<QueryHost>
{
    // Works for longer than the deadline of a statement, unless it is cancelled
    private const string Endless = "SELECT count(*) FROM generate_series(1, 100000000000)";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private TokenCatalog Tokens => host.Services.GetRequiredService<TokenCatalog>();

    [Fact]
    public async Task A_running_statement_ends_with_its_token()
    {
        using var client = host.ClientOf(await host.CreateTokenAsync("statement", TokenScope.Query));
        var running = client.PostAsJsonAsync(new Uri("/api/v1/query", UriKind.Relative), new { query_string = $"{Endless} AS statement" }, Cancel);
        await RunningAsync("AS statement", 1);

        await Tokens.RevokeAsync("statement", Cancel);

        using var answer = await running;
        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized); // and not 504: the time of a statement was not up
        (await answer.Content.ReadAsStringAsync(Cancel)).ShouldContain("revoked");
        await RunningAsync("AS statement", 0);
        using var next = await client.PostAsJsonAsync(new Uri("/api/v1/query", UriKind.Relative), new { query_string = "SELECT 1" }, Cancel);
        next.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_websocket_ends_with_its_token_before_and_during_its_statement()
    {
        var secret = await host.CreateTokenAsync("socket", TokenScope.Query);
        using var idle = await Client029.ConnectAsync(host.Address, secret);
        using var busy = await Client029.ConnectAsync(host.Address, secret);
        await busy.SendAsync(Encoding.UTF8.GetBytes($"{Endless} AS socket"), WebSocketMessageType.Text, true, Cancel);
        await RunningAsync("AS socket", 1);

        await Tokens.RevokeAsync("socket", Cancel);

        await EndedAsync(idle);
        await EndedAsync(busy);
        await RunningAsync("AS socket", 0);
    }

    [Fact]
    public async Task An_image_link_ends_with_the_token_that_asked_for_it()
    {
        var token = (await Tokens.AuthenticateAsync(await host.CreateTokenAsync("link", TokenScope.Search), Cancel))!;
        var links = host.Services.GetRequiredService<ImageLinks>();
        var (url, _) = await links.CreateAsync(new ObjectPath("workspace", "none.png"), 240, new Caller(token, ""), Cancel);
        using var anybody = host.ClientOf(null);
        (await StatusAsync(anybody, url)).ShouldBe(404); // valid: there is no such picture

        await Tokens.RevokeAsync("link", Cancel);

        await EventuallyAsync(async () => await StatusAsync(anybody, url) == 403);
    }

    [Fact]
    public async Task A_token_that_expires_is_held_to_it_too()
    {
        var secret = await host.CreateTokenAsync("brief", TokenScope.Query);
        using var idle = await Client029.ConnectAsync(host.Address, secret);

        await host.OwnerAsync("UPDATE thanosql.token SET expires_at = now() WHERE name = 'brief'");

        await EndedAsync(idle);
    }

    [Fact]
    public async Task The_last_use_of_a_token_is_noted_in_the_background()
    {
        using var client = host.ClientOf(await host.CreateTokenAsync("used", TokenScope.Query));
        (await StatusAsync(client, "/api/v1/failures")).ShouldBe(200);
        (await FindAsync("used")).LastUsedAt.ShouldBeNull(); // a request writes nothing

        await host.Services.GetRequiredService<TokenUses>().WriteAsync(Cancel);

        (await FindAsync("used")).LastUsedAt!.Value.ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(5));
        await host.CreateTokenAsync("unused", TokenScope.Query);
        (await FindAsync("unused")).LastUsedAt.ShouldBeNull();
    }

    private static async Task<int> StatusAsync(HttpClient client, string url)
    {
        using var answer = await client.GetAsync(new Uri(url, UriKind.Relative), Cancel);
        return (int)answer.StatusCode;
    }

    private static async Task EndedAsync(ClientWebSocket socket)
    {
        var buffer = new byte[1000];
        try
        {
            while ((await socket.ReceiveAsync(buffer, Cancel).WaitAsync(TimeSpan.FromSeconds(30), Cancel)).MessageType != WebSocketMessageType.Close)
            {
                // a PING
            }
        }
        catch (WebSocketException)
        {
            // without a close frame
        }
    }

    private async Task<ApiToken> FindAsync(string name) => (await Tokens.ListAsync(Cancel)).Single(token => token.Name == name);

    private Task RunningAsync(string mark, long count) => EventuallyAsync(async () => await host.OwnerAsync<long>(
        $"SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%{mark}%' AND pid <> pg_backend_pid()") == count);

    private static async Task EventuallyAsync(Func<Task<bool>> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(30));
            await Task.Delay(20, Cancel);
        }
    }
}
