using System.Net.Http.Headers;
using System.Text.Json;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Embedding;
using ThanoSql.Planning;
using ThanoSql.Query;
using ThanoSql.Storage.Folder;

namespace ThanoSql.Fuzz.Statements;

/// <summary>Statements over HTTP: to a service that is named, or to one of its own.</summary>
internal sealed class HttpTarget(FuzzOptions options) : Target
{
    private const int ResetEvery = 500;

    private static readonly int[] Documented = [200, 400, 403, 404, 409, 412, 413, 415, 422, 429, 503, 504];

    private readonly string _folder = Directory.CreateTempSubdirectory("thanosql-fuzz-").FullName;
    private FuzzDatabase? _database;
    private WebApplication? _service;
    private readonly CancellationTokenSource _stop = new();
    private HttpClient? _client;
    private Task _training = Task.CompletedTask;
    private long _count;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        var (url, token) = options is { Url: { } given, Token: { } secret } ? (given, secret) : await ServeAsync(cancellationToken);
        _client = new HttpClient { BaseAddress = url, Timeout = Watchdog.Longest };
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public override byte[] Next(Random random)
    {
        var text = TextMutator.Mutate(new Grammar(random).Statement(), random);
        var body = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new { query_string = text }));
        return random.Next(20) == 0 ? Files.ByteMutator.Mutate(body, body, random) : body;
    }

    public override bool IsDocumented(Exception exception) => false;

    public override async Task RunAsync(byte[] input, CancellationToken cancellationToken)
    {
        if (_database is not null && ++_count % ResetEvery == 0)
            await _database.ResetAsync(cancellationToken);
        using var body = new ByteArrayContent(input);
        using var answer = await _client!.PostAsync(new Uri("/api/v1/query", UriKind.Relative), body, cancellationToken);
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        var status = (int)answer.StatusCode;
        if (!Documented.Contains(status))
            throw new FindingException($"The answer is {status}: {text}");
        try
        {
            using var json = JsonDocument.Parse(text);
            if (status != 200 && json.RootElement.GetProperty("code").GetString() is not { Length: > 0 })
                throw new FindingException($"The answer has no code: {text}");
        }
        catch (Exception wrong) when (wrong is JsonException or KeyNotFoundException)
        {
            throw new FindingException($"The answer {status} is not the JSON that is documented: {text}");
        }
    }

    protected override async ValueTask EndAsync()
    {
        _client?.Dispose();
        await _stop.CancelAsync();
        await _training.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        if (_service is not null)
            await _service.DisposeAsync();
        if (_database is not null)
            await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<(Uri Url, string Token)> ServeAsync(CancellationToken cancellationToken)
    {
        _database = await FuzzDatabase.CreateAsync(cancellationToken);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Configuration["Query:Limits:Seconds"] = "5";
        builder.Services.AddSingleton(_database.Owner);
        var store = new FolderStore(_folder);
        builder.Services.AddGuardedStore(_ => store);
        builder.Services.AddSingleton<FillAnswers>((_, _, _, _) => Task.CompletedTask);
        builder.Services.AddSingleton(_database.Pictures);
        builder.Services.AddMassTransit(bus => bus.UsingInMemory());
        builder.Services.AddQuery(builder.Configuration);
        _service = builder.Build();
        _service.MapQuery();
        await _service.StartAsync(cancellationToken);
        _training = FailRunsAsync(_database, _stop.Token);
        var token = await _service.Services.GetRequiredService<TokenCatalog>().CreateAsync("fuzz", TokenScope.Write, null, cancellationToken);
        return (new Uri(_service.Urls.Single()), token);
    }

    // No trainer works here: whoever asks for a model is told so at once.
    private static async Task FailRunsAsync(FuzzDatabase database, CancellationToken cancellationToken)
    {
        while (true)
        {
            await using var fail = database.Owner.CreateCommand("""
                UPDATE thanosql.training_run SET state = 'failed', outcome = 'no trainer', error_code = 'build_failed', finished_at = now()
                WHERE state = 'queued'
                """);
            await fail.ExecuteNonQueryAsync(cancellationToken);
            await Task.Delay(20, cancellationToken);
        }
    }
}
