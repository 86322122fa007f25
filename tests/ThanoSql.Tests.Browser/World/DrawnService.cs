using System.Globalization;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Browser.World;

/// <summary>A service of its own, and what a shop does with it: files of pipelines, pictures, labels, statements.</summary>
public abstract class DrawnService(RealServers servers) : RunningService(servers)
{
    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected override string Pipelines => Path.Combine(Home, "pipelines");

    /// <summary>Writes a pipeline's file: before the service starts, which reads them then.</summary>
    protected async Task FollowAsync(string name, string pipeline)
    {
        Directory.CreateDirectory(Pipelines);
        await File.WriteAllTextAsync(Path.Combine(Pipelines, $"{name}.yaml"), pipeline, Cancellation);
    }

    /// <summary>Lets the running service follow one more pipeline, beside those of its files.</summary>
    internal async Task AddPipelineAsync(string pipeline)
    {
        var files = await PipelineFile.ReadFolderAsync(Pipelines, "workspace", TimeProvider.System, Cancellation);
        await Services.GetRequiredService<PipelineCatalog>().RegisterAsync(
            [.. files, PipelineFile.Parse(pipeline, "more.yaml", "workspace")], Cancellation);
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

    /// <summary>The label in force; null when there is none.</summary>
    internal async Task<string?> LabelOfAsync(string path) =>
        (await Client.RunAsync($"SELECT label FROM thanosql.labels WHERE path = '{path}'", _ => { }, Cancellation))!.Rows.SingleOrDefault()?[0];

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
}
