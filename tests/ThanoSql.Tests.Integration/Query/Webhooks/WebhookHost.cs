using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Query.Webhooks;

/// <summary>A service that may call receivers on this machine, and is impatient.</summary>
public sealed class WebhookHost(RealServers servers) : QueryHost(servers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    protected override IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string>
    {
        ["Webhooks:AllowPrivate"] = "true",
        ["Webhooks:AllowHttp"] = "true",
        ["Webhooks:Poll"] = "00:00:00.050",
        ["Webhooks:Timeout"] = "00:00:02",
        ["Webhooks:FirstRetry"] = "00:00:00.020",
        ["Webhooks:LongestRetry"] = "00:00:00.200",
    };

    /// <summary>Adds a webhook for a receiver, which learns its secret.</summary>
    /// <returns>Its number.</returns>
    internal async Task<int> AddAsync(Receiver receiver, params string[] events)
    {
        var (status, added) = await PostAsync("/api/v1/webhooks", new { url = receiver.Address, events });
        status.ShouldBe(HttpStatusCode.Created);
        receiver.Secret = added.GetProperty("secret").GetString()!;
        return added.GetProperty("id").GetInt32();
    }

    /// <summary>Asks as an administrator.</summary>
    internal async Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(string address, object body)
    {
        using var client = Client(TokenScope.Admin);
        using var reply = await client.PostAsJsonAsync(new Uri(address, UriKind.Relative), body, TestContext.Current.CancellationToken);
        return (reply.StatusCode, await reply.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken));
    }

    /// <summary>Events of pictures that no pipeline covers, as a worker writes them: one for each key, in order.</summary>
    internal async Task HappenAsync(string type, params string[] keys)
    {
        await using var insert = Owner.CreateCommand("""
            INSERT INTO thanosql.webhook_event (type, bucket, key)
            SELECT $1, 'workspace', k FROM unnest($2) WITH ORDINALITY AS u (k, n) ORDER BY n
            """);
        insert.Parameters.AddWithValue(type);
        insert.Parameters.AddWithValue(keys);
        await insert.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Waits until something is so.</summary>
    internal static async Task EventuallyAsync(Func<Task<bool>> isSo, string what)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        while (!await isSo())
        {
            if (patience.IsCancellationRequested)
                throw new TimeoutException($"Never came: {what}");
            await Task.Delay(20, CancellationToken.None);
        }
    }

    internal static Task EventuallyAsync(Func<bool> isSo, string what) => EventuallyAsync(() => Task.FromResult(isSo()), what);

    /// <summary>A column of a webhook's row, as text; empty for NULL.</summary>
    internal Task<string> OfAsync(int webhook, string column) =>
        OwnerAsync<string>($"SELECT coalesce(({column})::text, '') FROM thanosql.webhook WHERE webhook_id = {webhook}");
}
