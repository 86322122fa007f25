using System.Text.Json;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Tests.Integration.Shop;

namespace ThanoSql.Tests.Integration.Dialect;

/// <summary>
/// All roles in this process, with the tables that published statements read. <c>diet_data</c> is a folder of red and blue pictures.
/// </summary>
public sealed class DialectService(RealServers servers) : RunningService(servers)
{
    public const int Pictures = 16;

    private static readonly string[] Tables =
    [
        "GET THANOSQL DATASET diet_data OPTIONS (overwrite=True)",
        "COPY diet OPTIONS (overwrite=True) FROM 'thanosql-dataset/diet_data/diet.csv'",
        "CREATE TABLE mnist_test AS SELECT image_path, label FROM diet",
        "CREATE TABLE mnist_train AS SELECT image_path, label FROM diet",
        "CREATE TABLE product_image_train AS SELECT image_path, 1000 AS price FROM diet",
        "CREATE TABLE beans_test AS SELECT image_path, label FROM diet",
        "BUILD MODEL beans_mobilevit USING ConvNeXt_Atto OPTIONS (max_epochs=1) AS SELECT * FROM beans_test",
    ];

    protected override string Pipelines => Directory.CreateDirectory(Path.Combine(Home, "pipelines")).FullName;

    protected override IReadOnlyDictionary<string, string?> Settings =>
        new Dictionary<string, string?> { ["Datasets:diet_data"] = Path.Combine(Home, "photographs") };

    public override async ValueTask InitializeAsync()
    {
        foreach (var (label, isRed) in new[] { ("사과파이", true), ("과일", false) })
        {
            var folder = Directory.CreateDirectory(Path.Combine(Home, "photographs", "diet", label));
            for (var number = 1; number <= Pictures / 2; number++)
                await File.WriteAllBytesAsync(Path.Combine(folder.FullName, $"{number}.png"), RunningShop.Picture(isRed, number));
        }
        await base.InitializeAsync();
        foreach (var statement in Tables)
            await Client.RunAsync(statement, _ => { }, CancellationToken.None);
    }

    /// <summary>What came of a statement, as clients until 0.2.4 send it.</summary>
    internal async Task<Told> SendAsync(string statement)
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var body = new StringContent(JsonSerializer.Serialize(new { query_string = statement }));
        using var reply = await Client.Http.PostAsync(new Uri("/api/v1/query", UriKind.Relative), body, cancellation);
        using var json = await JsonDocument.ParseAsync(await reply.Content.ReadAsStreamAsync(cancellation), default, cancellation);
        var root = json.RootElement;
        if (!reply.IsSuccessStatusCode)
            return new Told(root.GetProperty("code").GetString(), $"{root.GetProperty("detail").GetString()}", null, null);
        var data = root.GetProperty("data");
        var table = Indexer.Client.ResultTable.Parse(data.GetProperty("df").GetString());
        return new Told(null, "", table?.Columns, data.GetProperty("print").GetString()) { Rows = table?.Rows };
    }
}

/// <param name="Code">Null for a statement that ran.</param>
/// <param name="Message">Why it did not.</param>
/// <param name="Columns">Null for a statement without rows: notebooks print "Success".</param>
/// <param name="Print">Of PRINT.</param>
internal sealed record Told(string? Code, string Message, IReadOnlyList<string>? Columns, string? Print)
{
    public IReadOnlyList<IReadOnlyList<string?>>? Rows { get; init; }
}
