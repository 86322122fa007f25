using System.Net;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Shop;

/// <summary>A service in all roles whose pipeline <c>products</c> tells red pictures from blue ones.</summary>
public sealed class RunningShop : RunningService
{
    private const int Examples = 8; // of each label

    private static readonly string[] Statements =
    [
        "CREATE TABLE products (image_path text, price integer, brand text, created_at timestamptz DEFAULT now())",
        "CREATE TABLE diet (image_path text, label text)",
        $"""
         INSERT INTO diet SELECT 'examples/' || l || '-' || n || '.png', l
         FROM unnest(ARRAY['red', 'blue']) AS l, generate_series(1, {Examples}) AS n
         """,
        """
        BUILD MODEL diet_image_classification USING ConvNeXt_Tiny
        OPTIONS (image_col='image_path', label_col='label', max_epochs=1) AS SELECT * FROM diet
        """,
    ];

    private readonly RealServers _servers;
    private readonly string _queues = $"shop-{Guid.NewGuid():N}";
    private string? _broker;

    public RunningShop(RealServers servers)
        : base(servers) => _servers = servers;

    public HttpClient Http => Client.Http;

    public string Address => Http.BaseAddress!.ToString().TrimEnd('/');

    protected override IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>
    {
        ["Bus:Transport"] = "rabbitmq",
        ["Bus:RabbitMq:Uri"] = _broker,
        ["Indexing:QueuePrefix"] = _queues,
        ["Query:ForwardedFrom:0"] = "127.0.0.1",
        ["Webhooks:AllowHttp"] = "true",
        ["Webhooks:AllowPrivate"] = "true",
    };

    /// <summary>A picture that is mostly of that colour, each number another.</summary>
    public static byte[] Picture(bool isRed, int number) => TestPictures.Png(
        48, 48, (x, y, channel) => channel == (isRed ? 0 : 2) ? 220 - number : (x + y) % (number + 3) == 0 ? 60 : 10);

    public override async ValueTask InitializeAsync()
    {
        _broker = await _servers.RabbitMqAsync();
        await base.InitializeAsync();
        for (var number = 1; number <= Examples; number++)
        {
            await StoreAsync($"examples/red-{number}.png", Picture(isRed: true, number));
            await StoreAsync($"examples/blue-{number}.png", Picture(isRed: false, number));
        }
        foreach (var statement in Statements)
            await Client.RunAsync(statement, _ => { }, CancellationToken.None);
        await UntilSearchableAsync();
    }

    private async Task StoreAsync(string path, byte[] picture)
    {
        using var body = new ByteArrayContent(picture);
        using var stored = await Http.PutAsync(new Uri($"/api/v1/images/{path}", UriKind.Relative), body);
        stored.StatusCode.ShouldBe(HttpStatusCode.Created, await stored.Content.ReadAsStringAsync());
    }

    private async Task UntilSearchableAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            using var search = await Http.GetAsync(new Uri("/api/v1/search?table=products", UriKind.Relative), patience.Token);
            if (search.IsSuccessStatusCode)
                return;
            await Task.Delay(50, patience.Token);
        }
    }
}
