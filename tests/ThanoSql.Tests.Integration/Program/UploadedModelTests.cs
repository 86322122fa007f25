using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Indexer.Client;
using ThanoSql.Storage;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Program;

/// <summary>A classifier of the user's own serves as a built one does: in statements, and as the model of a pipeline.</summary>
public sealed class UploadedModelTests(RunningService service) : IClassFixture<RunningService>
{
    private static readonly (string Name, byte Red, byte Green, byte Blue)[] Pictures =
        [("r1", 200, 20, 20), ("g1", 20, 200, 20), ("b1", 20, 20, 200), ("r2", 120, 90, 80), ("g2", 100, 130, 90), ("b2", 60, 80, 110)];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_predicts_evaluates_searches_and_is_listed()
    {
        await StoreAsync("mine/colours.onnx", TestClassifier.OfColours(channelsLast: true));
        await PaintAsync("colours/");
        await RunAsync("CREATE TABLE colours (image_path text, label text)");
        foreach (var (name, _, _, _) in Pictures)
            await RunAsync($"INSERT INTO colours VALUES ('colours/{name}.png', '{(name == "r2" ? "green" : Word(name))}')");

        (await RunAsync("UPLOAD MODEL colours OPTIONS (labels=['red', 'green', 'blue'], overwrite=True) FROM \"mine/colours.onnx\"")).ShouldBeNull();

        (await RunAsync("PREDICT USING colours AS SELECT * FROM colours"))!.Rows.Select(r => $"{r[0]} {r[1]}")
            .ShouldBe(Pictures.Select(p => $"colours/{p.Name}.png {Word(p.Name)}"));
        (await RunAsync("PREDICT USING colours OPTIONS (result_col='says') AS SELECT * FROM colours LIMIT 1"))!.Columns.ShouldBe(
            ["image_path", "label", "says"]);
        var accuracy = (await RunAsync("EVALUATE USING colours AS SELECT * FROM colours"))!.Rows[0];
        accuracy[0].ShouldBe("Accuracy");
        double.Parse(accuracy[1]!, CultureInfo.InvariantCulture).ShouldBe(5 / 6.0, 1e-4);
        (await RunAsync(
            "SEARCH IMAGE USING colours OPTIONS (search_by='keyword', search_input='blue', top_k=2) " +
            "AS SELECT * FROM colours"))!.Rows.Select(r => r[0])
            .ShouldBe(["colours/b1.png", "colours/b2.png"]);
        (await RunAsync("LIST MODEL"))!.Rows.ShouldContain(r => r[0] == "colours" && r[1] == "User_ONNX");
        (await RunAsync("DELETE MODEL colours")).ShouldBeNull();
        (await Should.ThrowAsync<Exception>(() => RunAsync("PREDICT USING colours AS SELECT * FROM colours"))).Message.ShouldContain("colours");
    }

    [Fact]
    public async Task A_pipeline_keys_new_photographs_with_it_and_takes_them_out_again_on_request()
    {
        await StoreAsync("mine/shop.onnx", TestClassifier.OfColours());
        await RunAsync("CREATE TABLE products (image_path text PRIMARY KEY, price integer DEFAULT 9900, created_at timestamptz DEFAULT now())");
        await PaintAsync("products/");
        await RunAsync("UPLOAD MODEL diet_image_classification OPTIONS (labels=['red', 'green', 'blue']) FROM 'mine/shop.onnx'");

        await KeyedAsync(Pictures.Length);
        await StoreAsync("products/late.png", TestPictures.Png(40, 40, (_, _, c) => c == 1 ? 180 : 90));
        await KeyedAsync(Pictures.Length + 1);

        foreach (var row in (await RunAsync("SELECT image_path, keyword, keyword_version FROM products"))!.Rows)
            $"{row[1]} {row[2]}".ShouldBe($"{(row[0] == "products/late.png" ? "green" : Word(row[0]!["products/".Length..]))} 1");
        var found = await service.Client.Http.GetFromJsonAsync<JsonElement>(
            "/api/v1/search?table=products&keyword=green&limit=10", Cancellation);
        found.GetProperty("results").GetArrayLength().ShouldBe(3);
        await ComeAndGoAsync(new Uri("/api/v1/images/products/fresh.png", UriKind.Relative));
    }

    private async Task ComeAndGoAsync(Uri address)
    {
        var http = service.Client.Http;
        using var picture = new ByteArrayContent(TestPictures.Png(40, 40, (_, _, c) => c == 1 ? 170 : 80));
        using var stored = await http.PutAsync(new Uri($"{address}?wait=60s", UriKind.Relative), picture, Cancellation);

        stored.StatusCode.ShouldBe(HttpStatusCode.Created);
        var answer = await stored.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        answer.GetProperty("state").GetString().ShouldBe("indexed");
        answer.GetProperty("keywords")[0].GetProperty("keyword").GetString().ShouldBe("green");
        var known = await http.GetFromJsonAsync<JsonElement>(address, Cancellation);
        known.GetProperty("pipelines")[0].GetProperty("rows")[0].GetProperty("columns").GetProperty("price").GetInt32().ShouldBe(9900);

        using var deleted = await http.DeleteAsync(address, Cancellation);

        deleted.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await RunAsync("SELECT count(*) FROM products WHERE image_path = 'products/fresh.png'"))!.Rows[0][0].ShouldBe("0");
        (await service.Services.GetRequiredService<IObjectStore>().StatAsync(new ObjectPath("workspace", "products/fresh.png"), Cancellation))
            .ShouldBeNull();
    }

    [Fact]
    public async Task Only_who_may_write_may_bring_one()
    {
        var token = await service.Services.GetRequiredService<TokenCatalog>().CreateAsync("reader", TokenScope.Query, null, Cancellation);
        using var client = new ServiceClient(service.Client.Http.BaseAddress!, token);
        using var reply = await client.Http.PostAsJsonAsync(
            "/api/v1/query", new { query_string = "UPLOAD MODEL x FROM 'mine/x.onnx'" }, Cancellation);
        reply.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    private Task<ResultTable?> RunAsync(string statement) => service.Client.RunAsync(statement, _ => { }, Cancellation);

    private async Task KeyedAsync(int rows)
    {
        var deadline = DateTime.UtcNow.AddSeconds(60);
        while (
            (await RunAsync("SELECT count(*) FROM products WHERE keyword_source = 'model'"))!.Rows[0][0] != rows.ToString(
                CultureInfo.InvariantCulture))
        {
            DateTime.UtcNow.ShouldBeLessThan(deadline);
            await Task.Delay(100, Cancellation);
        }
    }

    private async Task PaintAsync(string prefix)
    {
        foreach (var (name, red, green, blue) in Pictures)
            await StoreAsync($"{prefix}{name}.png", TestPictures.Png(40, 40, (_, _, c) => c switch { 0 => red, 1 => green, _ => blue }));
    }

    private async Task StoreAsync(string key, byte[] bytes)
    {
        using var stream = new MemoryStream(bytes);
        await service.Services.GetRequiredService<IObjectStore>().WriteAsync(new ObjectPath("workspace", key), stream, null, Cancellation);
    }

    private static string Word(string name) => name[0] switch { 'r' => "red", 'g' => "green", _ => "blue" };
}
