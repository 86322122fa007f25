using System.Text.Json;

namespace ThanoSql.Indexer.Demo;

/// <summary>A shop's table: photographs are dropped into the bucket and found by keyword.</summary>
internal sealed class Shop(Stage stage, ServiceClient client, string bucketFolder)
{
    private const int PerLabel = 2;
    private const string Fruit = "과일";

    private string Dataset => Path.Combine(bucketFolder, "thanosql-dataset", "diet_data", "diet");

    private string Products => Path.Combine(bucketFolder, "products");

    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        await stage.RunAsync(
            "CREATE TABLE IF NOT EXISTS products (image_path text PRIMARY KEY, price integer DEFAULT 9900, created_at timestamptz DEFAULT now())",
            cancellationToken);
        var names = Stock();
        stage.Say($"{names.Count} photographs are copied into {Products} …");
        await stage.WaitAsync("SELECT count(*) FROM products WHERE keyword_source IS NOT NULL", n => n >= names.Count, null, cancellationToken);
        await stage.RunAsync("SELECT * FROM products ORDER BY created_at DESC LIMIT 10", cancellationToken);
    }

    /// <summary>The search endpoint, as a shop's page calls it.</summary>
    public async Task SearchAsync(string keyword, CancellationToken cancellationToken)
    {
        var address = $"/api/v1/search?table=products&keyword={Uri.EscapeDataString(keyword)}&limit=3&sort=-created_at";
        stage.Show($"GET /api/v1/search?table=products&keyword={keyword}&limit=3&sort=-created_at");
        using var reply = await client.Http.GetAsync(address, cancellationToken);
        var body = await reply.Content.ReadAsStringAsync(cancellationToken);
        if (!reply.IsSuccessStatusCode)
            throw new StartException($"The search endpoint answered {(int)reply.StatusCode}: {body}");
        using var json = JsonDocument.Parse(body);
        stage.Say(JsonSerializer.Serialize(json, Readable));
    }

    /// <summary>A new photograph, of the fruit that the model knows best, is dropped into the bucket, and nothing else is done.</summary>
    public async Task DropAsync(CancellationToken cancellationToken)
    {
        var best = await client.RunAsync(
            $"""
            SEARCH IMAGE keyword='{Fruit}' USING diet_image_classification OPTIONS (top_k=1)
            AS SELECT image_path FROM diet WHERE label = '{Fruit}'
            """,
            _ => { }, cancellationToken);
        var name = $"new-{DateTime.UtcNow.ToString("yyyyMMdd-HHmmss-fff", CultureInfo.InvariantCulture)}.jpeg";
        stage.Say($"A new photograph is dropped into the bucket: products/{name}");
        var clock = Stopwatch.StartNew();
        File.Copy(Path.Combine(bucketFolder, best!.Rows[0][0]!), Path.Combine(Products, name));
        await stage.WaitAsync(
            $"SELECT count(*) FROM products WHERE image_path = 'products/{name}' AND keyword = '{Fruit}'", n => n == 1, null, cancellationToken);
        var milliseconds = clock.Elapsed.TotalMilliseconds.ToString("F0", CultureInfo.InvariantCulture);
        stage.Say($"indexed {milliseconds} ms after it was written (polled every 50 ms)");
        await stage.RunAsync($"SELECT * FROM products WHERE image_path = 'products/{name}'", cancellationToken);
    }

    private static readonly JsonSerializerOptions Readable =
        new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // The first photographs of each label, under names that do not tell.
    private List<string> Stock()
    {
        Directory.CreateDirectory(Products);
        var names = new List<string>();
        var first = Directory.EnumerateDirectories(Dataset)
            .SelectMany(label => Directory.EnumerateFiles(label).Order(StringComparer.Ordinal).Take(PerLabel));
        foreach (var file in first)
        {
            var target = Path.Combine(Products, Path.GetFileName(file));
            if (!File.Exists(target))
                File.Copy(file, target);
            names.Add(target);
        }
        return names;
    }
}
