using System.Net.Http.Json;
using System.Text.Json;
using ThanoSql.Indexer.Client;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Program;

/// <summary>The tutorial of September 2022 and its later spelling, each statement one request, over the websocket and over HTTP.</summary>
public sealed class TutorialTests(RunningService service) : IClassFixture<RunningService>
{
    private const string Get = "GET THANOSQL DATASET diet_data OPTIONS (overwrite=True)";
    private const int Photographs = 515;

    private static string Build(string epochs, string model) => $"""
        BUILD MODEL {model}
        USING ConvNeXt_Tiny
        OPTIONS (image_col='image_path', label_col='label', {epochs}=1, overwrite=True)
        AS
        SELECT *
        FROM diet
        """;

    [Fact]
    public async Task The_older_spelling_runs_over_the_websocket()
    {
        var messages = new List<string>();
        Task<ResultTable?> Run(string statement) => service.Client.RunAsync(statement, messages.Add, TestContext.Current.CancellationToken);

        (await Run(Get)).ShouldBeNull();
        (await Run("COPY diet OPTIONS (overwrite=True) FROM \"thanosql-dataset/diet_data/diet.csv\"")).ShouldBeNull();
        var diet = (await Run("SELECT * FROM diet"))!;
        messages.Clear();
        (await Run(Build("epochs", "old_spelling"))).ShouldBeNull();
        messages.Count(m => m == "Building model...").ShouldBe(1);
        messages.ShouldContain(m => m.Contains("ConvNeXt_Atto", StringComparison.Ordinal)); // what stood in for Tiny is said
        var predicted = (await Run("PREDICT USING old_spelling AS SELECT * FROM diet"))!;
        var joined = (await Run(Joined("과일")))!;
        var empty = (await Run(Joined("사과파이")))!;

        diet.Columns.ShouldBe(["image_path", "label"]);
        diet.Rows.Count.ShouldBe(Photographs);
        predicted.Columns.ShouldBe(["image_path", "predicted"]);
        predicted.Rows.Select(r => r[0]).ShouldBe(diet.Rows.Select(r => r[0]));
        joined.Columns.ShouldBe(["image_path", "label", "predicted"]);
        joined.Rows.Count.ShouldBe(10);
        joined.Rows.ShouldAllBe(r => r[1] == "과일" && r[2] == "과일");
        empty.Columns.ShouldBe(joined.Columns);
        empty.Rows.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_later_spelling_runs_over_http()
    {
        await RunAsync(Get);
        await RunAsync("COPY diet OPTIONS (if_exists='replace') FROM 'thanosql-dataset/diet_data/diet.csv'");
        await RunAsync(Build("max_epochs", "new_spelling"));
        var predicted = (
            await RunAsync("PREDICT USING new_spelling OPTIONS (image_col='image_path', result_col='predict_result') AS SELECT * FROM diet"))!;
        var filtered = (
            await RunAsync(
                "SELECT * FROM (PREDICT USING new_spelling AS SELECT * FROM diet) WHERE label=predict_result AND label LIKE '과일' LIMIT 10"))!;
        var found = (await RunAsync("SEARCH IMAGE keyword='과일' USING new_spelling OPTIONS (top_k=20) AS SELECT * FROM diet"))!;

        predicted.Columns.ShouldBe(["image_path", "label", "predict_result"]);
        predicted.Rows.Count.ShouldBe(Photographs);
        filtered.Rows.Count.ShouldBe(10);
        filtered.Rows.ShouldAllBe(r => r[1] == r[2]);
        found.Columns.ShouldBe(["image_path", "label", "search_result"]);
        found.Rows.Count.ShouldBe(20);
        found.Rows.Count(r => r[1] == "과일").ShouldBeGreaterThan(10);
    }

    private static string Joined(string label) => $"""
        SELECT A.image_path, A.label, B.predicted
        FROM diet A
        LEFT JOIN (
            SELECT *
            FROM (PREDICT USING old_spelling
            AS SELECT * FROM diet)) B
        ON A.image_path = B.image_path
        WHERE A.label = B.predicted
        AND A.label LIKE '{label}'
        LIMIT 10
        """;

    // As the client until 0.2.4 did: JSON without a content type of its own, the answer in data.df.
    private async Task<ResultTable?> RunAsync(string statement)
    {
        using var body = new StringContent(JsonSerializer.Serialize(new { query_string = statement }));
        using var reply = await service.Client.Http.PostAsync(
            new Uri("/api/v1/query", UriKind.Relative), body, TestContext.Current.CancellationToken);
        var json = await reply.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        reply.IsSuccessStatusCode.ShouldBeTrue(json.ToString());
        var table = json.GetProperty("data").GetProperty("df");
        return table.ValueKind == JsonValueKind.String ? ResultTable.Parse(table.GetString()) : null;
    }
}
