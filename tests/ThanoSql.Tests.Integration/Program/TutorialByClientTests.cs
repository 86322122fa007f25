using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Storage;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Tests.Integration.Query.Sdk;

namespace ThanoSql.Tests.Integration.Program;

/// <summary>The tutorial's statements over two dozen pictures, as clients that speak HTTP send them.</summary>
public sealed class TutorialByClientTests(RunningService service) : IClassFixture<RunningService>
{
    private const string Folder = "thanosql-dataset/diet_data";
    private const int PicturesOfLabel = 12;

    [Fact]
    public async Task Thanosql_magic_before_the_websocket_runs_it_at_either_address()
    {
        await StoreAsync();
        foreach (var address in Client020.Addresses)
        {
            Task<Client020.Shown> Run(string cell) => Client020.RunAsync(service.Client.Http.BaseAddress!, address, service.Token, cell);

            (await Run($"COPY diet \nOPTIONS (overwrite=True)\nFROM \"{Folder}/diet.csv\"")).Printed.ShouldBe("Success");
            (await Run(Build("by_http", "epochs"))).Printed.ShouldBe("Success");
            var diet = (await Run("SELECT * FROM diet")).DataFrame!.Value;
            var predicted = (await Run("PREDICT USING by_http\nAS \nSELECT *\nFROM diet")).DataFrame!.Value;
            var joined = (await Run("""
                SELECT A.image_path, A.label, B.predicted
                FROM diet A
                LEFT JOIN (SELECT * FROM (PREDICT USING by_http AS SELECT * FROM diet)) B ON A.image_path = B.image_path
                WHERE A.label = B.predicted AND A.label LIKE '과일'
                LIMIT 10
                """)).DataFrame!.Value;

            predicted.GetProperty("columns").GetRawText().ShouldBe("""["image_path","predicted"]""");
            First(predicted).ShouldBe(First(diet));
            joined.GetProperty("columns").GetRawText().ShouldBe("""["image_path","label","predicted"]""");
            joined.GetProperty("data").GetArrayLength().ShouldBe(10);
        }
    }

    [Fact]
    public async Task The_SDK_runs_its_later_spelling_and_has_the_rows_as_a_table()
    {
        await StoreAsync();
        using var client = new ClientSdk(service.Client.Http.BaseAddress!, service.Token);
        async Task<JsonElement> Run(string statement)
        {
            var log = await client.ExecuteLaterAsync(statement);
            log.GetProperty("error_result").GetString().ShouldBeNull();
            return log;
        }

        await Run($"COPY sdk_diet \nOPTIONS (if_exists='replace')\nFROM '{Folder}/diet.csv'");
        var built = await Run(Build("by_sdk", "max_epochs", "sdk_diet"));
        var predicted = await Run(
            "PREDICT USING by_sdk OPTIONS (image_col='image_path', result_col='predict_result') AS SELECT * FROM sdk_diet");
        var filtered = await Run(
            "SELECT * FROM (PREDICT USING by_sdk AS SELECT * FROM sdk_diet) WHERE label=predict_result AND label LIKE '과일' LIMIT 10");

        built.GetProperty("statement_type").GetString().ShouldBe("BUILD");
        built.GetProperty("destination_table_name").ValueKind.ShouldBe(JsonValueKind.Null);
        predicted.GetProperty("total_records").GetInt32().ShouldBe(2 * PicturesOfLabel);
        filtered.GetProperty("records").GetProperty("data").GetArrayLength().ShouldBe(10);
        var kept = await Run($"SELECT count(*) AS n FROM qm.{predicted.GetProperty("destination_table_name")} WHERE label = predict_result");
        kept.GetProperty("records").GetProperty("data")[0].GetProperty("n").GetInt32().ShouldBeGreaterThan(PicturesOfLabel);
    }

    private static string Build(string model, string epochs, string table = "diet") => $"""
        BUILD MODEL {model}
        USING ConvNeXt_Tiny
        OPTIONS (
            image_col='image_path',
            label_col='label',
            {epochs}=1,
            overwrite=True
            )
        AS
        SELECT *
        FROM {table}
        """;

    private static IEnumerable<string?> First(JsonElement df) => df.GetProperty("data").EnumerateArray().Select(row => row[0].GetString());

    // Two labels that no trunk mixes up: red and blue
    private async Task StoreAsync()
    {
        var csv = new StringBuilder("image_path,label\n");
        for (var i = 0; i < 2 * PicturesOfLabel; i++)
        {
            var (label, channel) = i % 2 == 0 ? ("과일", 0) : ("채소", 2);
            var path = string.Create(CultureInfo.InvariantCulture, $"{Folder}/diet/{label}/{i}.png");
            var shade = i;
            await WriteAsync(path, TestPictures.Png(64, 64, (x, y, c) => c == channel ? 255 - shade : (x * shade + y) % 64));
            csv.Append(CultureInfo.InvariantCulture, $"{path},{label}\n");
        }
        await WriteAsync($"{Folder}/diet.csv", Encoding.UTF8.GetBytes(csv.ToString()));
    }

    private async Task WriteAsync(string key, byte[] bytes)
    {
        var store = service.Services.GetRequiredService<IObjectStore>();
        await store.EnsureBucketAsync("workspace", TestContext.Current.CancellationToken);
        using var content = new MemoryStream(bytes);
        await store.WriteAsync(new ObjectPath("workspace", key), content, null, TestContext.Current.CancellationToken);
    }
}
