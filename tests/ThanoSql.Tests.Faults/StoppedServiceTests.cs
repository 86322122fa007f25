using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Faults.World;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Faults;

/// <summary>Processes that are told to end while somebody waits for a build, or while the database is out.</summary>
public sealed class StoppedServiceTests(RealServers servers)
{
    private const int Images = 40;

    // The host itself gives up after thirty seconds
    private static readonly TimeSpan Prompt = TimeSpan.FromSeconds(15);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_query_service_that_stops_answers_who_waits_for_a_build_with_its_run_which_goes_on_in_the_trainer()
    {
        await using var world = await IndexedAsync();
        var query = await world.StartAsync("query");
        await world.StartAsync("trainer", ("Training__PollInterval", "00:00:00.200"));
        var secret = await TokenAsync(world);
        await using var held = await HoldProductsAsync(world);
        var http = PostAsync(query.Service, secret, Build("byhttp"));
        await world.EventuallyAsync("count(*) = 1 FROM thanosql.training_run WHERE model_name = 'byhttp' AND state = 'running'");
        using var socket = await ConnectAsync(query.Service, secret, Build("bysocket"));
        await world.EventuallyAsync("count(*) = 1 FROM thanosql.training_run WHERE model_name = 'bysocket' AND state = 'queued'");

        var exit = query.TerminateAsync();

        var (status, told) = await http.WaitAsync(Prompt, Cancellation);
        (status, told.GetProperty("code").GetString()).ShouldBe((503, "stopping"));
        var run = told.GetProperty("run_id").GetInt64();
        told.GetProperty("hint").GetString().ShouldEndWith($"FROM thanosql.training_runs WHERE run_id = {run}");
        var frame = await LastFrameAsync(socket).WaitAsync(Prompt, Cancellation);
        frame.GetProperty("output_type").GetString().ShouldBe("ERROR");
        (frame.GetProperty("status").GetInt32(), frame.GetProperty("code").GetString()).ShouldBe((503, "stopping"));
        var waiting = frame.GetProperty("run_id").GetInt64();
        (await exit.WaitAsync(Prompt, Cancellation)).ShouldBe(0);
        await held.DisposeAsync();
        await world.EventuallyAsync("count(*) = 2 FROM thanosql.training_run WHERE state = 'promoted' AND run_id IN ($1, $2)", run, waiting);
    }

    [Fact]
    public async Task A_process_of_all_roles_that_stops_hands_its_run_and_images_back_and_the_next_start_goes_on()
    {
        await using var world = await IndexedAsync();
        var all = await world.StartAsync("up");
        var secret = await TokenAsync(world);
        await using var held = await HoldProductsAsync(world);
        var build = PostAsync(all.Service, secret, Build("all"));
        await world.EventuallyAsync("count(*) = 1 FROM thanosql.training_run WHERE model_name = 'all' AND state = 'running'");
        await world.Writer.PutAsync("p/9999.png"); // waits for its row
        await world.EventuallyAsync("count(*) = 1 FROM thanosql.image WHERE lease_owner IS NOT NULL");

        var exit = all.TerminateAsync();

        var (status, told) = await build.WaitAsync(Prompt, Cancellation);
        (status, told.GetProperty("code").GetString()).ShouldBe((503, "stopping"));
        (await exit.WaitAsync(Prompt, Cancellation)).ShouldBe(0, all.Output);
        (await world.ScalarAsync<string>("SELECT concat(state, ' ', runner, ' ', alive_until < now()) FROM thanosql.training_run"))
            .ShouldBe("running  t");
        (await world.ScalarAsync<long>("SELECT count(*) FROM thanosql.image WHERE lease_owner IS NOT NULL")).ShouldBe(0);
        await held.DisposeAsync();
        await world.StartAsync("up");
        await world.EventuallyAsync("state = 'promoted' AND crashes = 0 FROM thanosql.training_run");
        await world.ShouldBecomeCleanAsync();
    }

    [Fact]
    public async Task A_process_ends_promptly_while_the_database_is_out_and_its_events_wait_for_the_next_one()
    {
        await using var faulty = await PrivateServers.CreateAsync("postgres");
        await using var world = await FaultWorld.CreateAsync(servers, faulty);
        var all = await world.StartAsync("up");
        await world.Writer.ChurnAsync(40);
        await faulty.CrashAsync("postgres");
        await world.Writer.ChurnAsync(40);
        await all.WaitUntilReadyAsync(false);

        (await all.TerminateAsync().WaitAsync(Prompt, Cancellation)).ShouldBe(0, all.Output);

        await faulty.StartAsync("postgres");
        world.Database.Clear(); // the test's own connections are broken
        await world.StartWorkerAsync();
        await world.ShouldBecomeCleanAsync();
        (await world.Broker.DepthAsync("store-events_error") ?? 0).ShouldBe(0u);
    }

    private static string Build(string model) => $"""
        BUILD MODEL {model} USING ConvNeXt_Atto OPTIONS (input_size=32, epochs=1, overwrite=True)
        AS SELECT image_path, substr(image_path, 6, 1) AS label FROM products
        """;

    private async Task<FaultWorld> IndexedAsync()
    {
        var world = await FaultWorld.CreateAsync(servers);
        var worker = await world.StartWorkerAsync();
        for (var i = 0; i < Images; i++)
            await world.Writer.PutAsync($"p/{i:0000}.png", i);
        await world.ShouldBecomeCleanAsync();
        (await worker.TerminateAsync()).ShouldBe(0);
        return world;
    }

    private static Task<string> TokenAsync(FaultWorld world) =>
        new TokenCatalog(world.Database, TimeProvider.System).CreateAsync("tests", TokenScope.Write, null, Cancellation);

    // Whoever reads or writes the table waits until this is disposed.
    private static async Task<IAsyncDisposable> HoldProductsAsync(FaultWorld world)
    {
        var connection = await world.Database.OpenConnectionAsync(Cancellation);
        await connection.BeginTransactionAsync(Cancellation);
        await using var command = new Npgsql.NpgsqlCommand("LOCK TABLE products IN ACCESS EXCLUSIVE MODE", connection);
        await command.ExecuteNonQueryAsync(Cancellation);
        return connection;
    }

    private static async Task<(int Status, JsonElement Body)> PostAsync(Uri service, string secret, string statement)
    {
        using var client = new HttpClient { BaseAddress = service, Timeout = TimeSpan.FromMinutes(5) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        using var reply = await client.PostAsJsonAsync(new Uri("/api/v1/query", UriKind.Relative), new { query_string = statement }, Cancellation);
        return ((int)reply.StatusCode, await reply.Content.ReadFromJsonAsync<JsonElement>(Cancellation));
    }

    private static async Task<ClientWebSocket> ConnectAsync(Uri service, string secret, string statement)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://{service.Authority}/ws/v1/query?api_token={secret}"), Cancellation);
        await socket.SendAsync(Encoding.UTF8.GetBytes(statement), WebSocketMessageType.Text, true, Cancellation);
        return socket;
    }

    private static async Task<JsonElement> LastFrameAsync(ClientWebSocket socket)
    {
        var last = default(JsonElement);
        var buffer = new byte[64 * 1024];
        while (await socket.ReceiveAsync(buffer.AsMemory(), Cancellation) is { MessageType: not WebSocketMessageType.Close } part)
        {
            part.EndOfMessage.ShouldBeTrue();
            last = JsonSerializer.Deserialize<JsonElement>(buffer.AsSpan(0, part.Count));
        }
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Cancellation);
        return last;
    }
}
