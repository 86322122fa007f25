using System.Net;
using System.Text;
using System.Text.Json;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Query.Limits;

/// <summary>A query service with narrow limits.</summary>
public sealed class NarrowHost(RealServers servers) : QueryHost(servers)
{
    /// <summary>A statement that works until it is cancelled.</summary>
    private static string Endless(string mark) =>
        $"SELECT count(*) AS m{mark} FROM generate_series(1, 100000) a, generate_series(1, 100000) b, generate_series(1, 100000) c";

    protected override IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string>
    {
        ["Query:Limits:Seconds"] = "120",
        ["Query:Limits:AtOnce"] = "4",
        ["Query:Limits:TokenAtOnce"] = "2",
        ["Query:Limits:TokenWaiting"] = "1",
        ["Query:Limits:Waiting"] = "2",
        ["Query:Limits:WaitSeconds"] = "2",
        ["Query:Limits:TokenRuns"] = "2",
        ["Query:Limits:CopyValues"] = "1000",
        ["Query:Limits:Megabytes"] = "2",
        ["Database:Users:BackendMegabytes"] = "100",
        ["Database:Users:TempTableMegabytes"] = "8",
    };

    /// <summary>Statements that run until this is disposed.</summary>
    public async Task<IAsyncDisposable> BusyAsync(string secret, int statements)
    {
        var running = new Running();
        var mark = Guid.NewGuid().ToString("N");
        for (var i = 0; i < statements; i++)
            running.Add(KeepAskingAsync(secret, Endless(mark), running.Cancellation));
        await UntilAsync(mark, statements);
        return running;
    }

    public async Task<HttpResponseMessage> SendAsync(string secret, string statement, CancellationToken cancellation)
    {
        using var client = ClientOf(secret);
        using var body = new StringContent(JsonSerializer.Serialize(new { query_string = statement }), Encoding.UTF8, "application/json");
        return await client.PostAsync(new Uri("/api/v1/query", UriKind.Relative), body, cancellation);
    }

    // The turns of the test before may still be held: the server lets go of them in its own time.
    private async Task KeepAskingAsync(string secret, string statement, CancellationToken cancellation)
    {
        while (true)
        {
            using var answer = await SendAsync(secret, statement, cancellation);
            if (answer.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable))
                return;
        }
    }

    private async Task UntilAsync(string mark, int statements)
    {
        var deadline = DateTime.UtcNow.AddSeconds(60);
        while (await OwnerAsync<long>(
            $"SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND state = 'active' AND query LIKE '%{mark}%'") < statements)
        {
            DateTime.UtcNow.ShouldBeLessThan(deadline);
            await Task.Delay(20);
        }
    }

    private sealed class Running : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly List<Task> _answers = [];

        public CancellationToken Cancellation => _stop.Token;

        public void Add(Task answer) => _answers.Add(answer);

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            foreach (var answer in _answers)
                await answer.ContinueWith(_ => { }, TaskScheduler.Default);
            _stop.Dispose();
        }
    }
}

/// <summary>What an answer says besides its rows.</summary>
internal static class Answers
{
    public static async Task<(HttpStatusCode Status, string Code, string Text)> ReadAsync(HttpResponseMessage response)
    {
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        var body = json.RootElement;
        return (response.StatusCode, body.TryGetProperty("code", out var code) ? code.GetString()! : "", body.ToString());
    }
}
