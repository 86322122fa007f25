using System.Globalization;
using ThanoSql.Tests.Browser.Pictures;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Browser.World;

/// <summary>
/// A shop that all tests look at: <see cref="Goods"/> in the table <c>products</c>, found by the keywords of the model <c>foods</c> in its second
/// version, with two human labels and two pictures that cannot be read. A test that changes something does so in <c>samples</c>, whose rows a
/// pipeline makes of pictures below <c>samples/</c>, and with pictures of its own there.
/// </summary>
public sealed class BrowserShop() : DrawnService(new RealServers())
{
    private const string Model = "foods";

    /// <summary>What people said: one confirmed, one corrected.</summary>
    internal static readonly (Goods Goods, string Label)[] Said = [(new("과일", 15), "과일"), (new("채소", 16), "버섯")];

    protected override IReadOnlyDictionary<string, string?> Settings { get; } =
        new Dictionary<string, string?> { ["Query:ForwardedFrom:0"] = "127.0.0.1" };

    public override async ValueTask InitializeAsync()
    {
        await FollowAsync("products", Products);
        await FollowAsync("samples", Samples);
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

    private async Task TeachAsync(IEnumerable<Goods> examples)
    {
        await RunAsync($"INSERT INTO examples VALUES {string.Join(", ", examples.Select(g => $"('{g.Path}', '{g.Label}')"))}");
        await RunAsync(
            $"BUILD MODEL {Model} USING ConvNeXt_Tiny "
            + "OPTIONS (image_col='image_path', label_col='label', max_epochs=1, overwrite=True) AS SELECT * FROM examples");
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
