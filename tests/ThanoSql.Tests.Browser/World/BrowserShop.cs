using System.Globalization;
using System.Net;
using ThanoSql.Tests.Browser.Pictures;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Browser.World;

/// <summary>
/// A shop that all tests look at: <see cref="Goods"/> in the table <c>products</c>, found by the keywords of the model <c>foods</c> in its second
/// version, with two human labels and two pictures that cannot be read. A test that changes something does so in <c>samples</c>, whose rows a pipeline
/// makes of pictures below <c>samples/</c>, and with pictures of its own there.
/// </summary>
public sealed class BrowserShop() : RunningService(new RealServers())
{
    private const string Model = "foods";

    /// <summary>What people said: one confirmed, one corrected.</summary>
    internal static readonly (Goods Goods, string Label)[] Said = [(new("과일", 15), "과일"), (new("채소", 16), "버섯")];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected override string Pipelines => Path.Combine(Home, "pipelines");

    protected override IReadOnlyDictionary<string, string?> Settings { get; } =
        new Dictionary<string, string?> { ["Query:ForwardedFrom:0"] = "127.0.0.1" };

    public override async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Pipelines);
        await File.WriteAllTextAsync(Path.Combine(Pipelines, "products.yaml"), Products, Cancellation);
        await File.WriteAllTextAsync(Path.Combine(Pipelines, "samples.yaml"), Samples, Cancellation);
        var goods = Goods.All.ToList();
        var drawn = Task.Run(() => goods.AsParallel().AsOrdered().Select(g => g.Picture()).ToList(), Cancellation);
        await base.InitializeAsync();
        await RunAsync(
            "CREATE TABLE products (image_path text PRIMARY KEY, name text NOT NULL, price integer NOT NULL, organic boolean NOT NULL, "
            + "created_at timestamptz NOT NULL)");
        await RunAsync($"INSERT INTO products VALUES {string.Join(", ", goods.Select(Row))}");
        await RunAsync("CREATE TABLE samples (image_path text PRIMARY KEY, created_at timestamptz DEFAULT now())");
        await RunAsync("CREATE TABLE examples (image_path text, label text)");
        foreach (var (picture, g) in (await drawn).Zip(goods))
            await StoreAsync(g.Path, picture);
        await TeachAsync(goods.Where(g => g.IsExample && g.Number % 2 == 0));
        await TeachAsync(goods.Where(g => g.IsExample && g.Number % 2 == 1));
        await StoreAsync("products/broken.jpg", goods[0].Picture()[..4000]);
        await StoreAsync("products/huge.png", TestPictures.Bomb(60_000, 60_000));
        await StoreAsync("samples/first.jpg", StillLife.Of("과일", 101));
        await UntilAsync("SELECT count(*) FROM products WHERE keyword_score IS NOT NULL", goods.Count);
        foreach (var (g, label) in Said)
            await LabelAsync(g.Path, label);
        await UntilAsync("SELECT count(*) FROM samples WHERE keyword_score IS NOT NULL", 1);
        await UntilAsync("SELECT count(*) FROM thanosql.failures", 2);
    }

    /// <summary>Puts a picture into the store.</summary>
    /// <param name="path">As tables name it.</param>
    /// <param name="picture">A file's bytes.</param>
    internal async Task StoreAsync(string path, byte[] picture)
    {
        using var body = new ByteArrayContent(picture);
        using var stored = await Client.Http.PutAsync(new Uri($"/api/v1/images/{path}", UriKind.Relative), body, Cancellation);
        stored.StatusCode.ShouldBe(HttpStatusCode.Created, await stored.Content.ReadAsStringAsync(Cancellation));
    }

    internal async Task LabelAsync(string path, string? label)
    {
        using var said = await Client.Http.PutAsJsonAsync(new Uri($"/api/v1/labels/{path}", UriKind.Relative), new { label }, Cancellation);
        said.StatusCode.ShouldBe(HttpStatusCode.OK, await said.Content.ReadAsStringAsync(Cancellation));
    }

    internal async Task RunAsync(string statement) => await Client.RunAsync(statement, _ => { }, Cancellation);

    /// <summary>Waits until a count is as it should be.</summary>
    internal async Task UntilAsync(string count, long right)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        while (true)
        {
            try
            {
                var table = await Client.RunAsync(count, _ => { }, patience.Token);
                if (long.Parse(table!.Rows[0][0]!, CultureInfo.InvariantCulture) == right)
                    return;
            }
            catch (Indexer.Client.StatementException missing) when (missing.Message.Contains("keyword_", StringComparison.Ordinal))
            {
                // The index columns come with the pipeline, a moment after its model
            }
            await Task.Delay(50, patience.Token);
        }
    }

    private async Task TeachAsync(IEnumerable<Goods> examples)
    {
        await RunAsync($"INSERT INTO examples VALUES {string.Join(", ", examples.Select(g => $"('{g.Path}', '{g.Label}')"))}");
        await RunAsync(
            $"BUILD MODEL {Model} USING ConvNeXt_Tiny OPTIONS (image_col='image_path', label_col='label', max_epochs=1, overwrite=True) AS SELECT * FROM examples");
    }

    private static string Row(Goods g) => string.Create(
        CultureInfo.InvariantCulture, $"('{g.Path}', '{g.Name}', {g.Price}, {g.IsOrganic}, '{g.CreatedAt:yyyy-MM-dd HH:mm:ss}+00')");

    private const string Products =
        $"""
        name: products
        prefix: products/
        table: products
        rows: attach
        model:
          name: {Model}
          train: SELECT image_path, label FROM examples
        schedule: 0 0 3 * * ?
        after_new_rows: 50
        synonyms:
          과일: [fruit, 생과일]
          생선: [fish, 물고기]
          견과: [nuts, 땅콩 믹스]
        search:
          columns: [name, price, organic, created_at]
          filters: [price, organic, created_at]
          sort: [price, created_at]
        """;

    private const string Samples =
        $"""
        name: samples
        prefix: samples/
        table: samples
        rows: create
        on_delete: delete
        model:
          name: {Model}
        search:
          columns: [created_at]
          sort: [created_at]
        """;
}
