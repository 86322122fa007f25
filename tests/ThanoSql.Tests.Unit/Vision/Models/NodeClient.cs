using System.Diagnostics;
using System.Text.Json;

namespace ThanoSql.Tests.Unit.Vision.Models;

/// <summary>Other ONNX clients, run in Node.js child processes. Their packages are fetched once, by the lock file.</summary>
internal static class NodeClient
{
    private static readonly string Folder = Repository.PathTo("tests", "node");

    public sealed record Answer(string[] Labels, float[] Probabilities);

    public static async Task<Answer> PredictAsync(string client, string model, string pixels, CancellationToken cancellationToken)
    {
        await FetchPackagesAsync(cancellationToken);
        var text = await RunAsync("node", ["predict.mjs", client, model, pixels], cancellationToken);
        return JsonSerializer.Deserialize<Answer>(text, JsonSerializerOptions.Web)!;
    }

    // flock: several test runs may share the checkout
    private static Task<string> FetchPackagesAsync(CancellationToken cancellationToken) => RunAsync(
        "flock",
        [
            ".lock", "bash", "-c",
            "cmp -s package-lock.json node_modules/.fetched || { npm ci --ignore-scripts >&2 && cp package-lock.json node_modules/.fetched; }"
        ],
        cancellationToken);

    private static async Task<string> RunAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        process.ExitCode.ShouldBe(0, await error);
        return output;
    }
}
