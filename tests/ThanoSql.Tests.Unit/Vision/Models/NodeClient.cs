using System.Text.Json;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Unit.Vision.Models;

/// <summary>Other ONNX clients, run in Node.js child processes.</summary>
internal static class NodeClient
{
    private static readonly NodePackages Packages = new("tests/node");

    public sealed record Answer(string[] Labels, float[] Probabilities);

    public static async Task<Answer> PredictAsync(string client, string model, string pixels, CancellationToken cancellationToken)
    {
        var text = await Packages.RunAsync("node", ["predict.mjs", client, model, pixels], cancellationToken);
        return JsonSerializer.Deserialize<Answer>(text, JsonSerializerOptions.Web)!;
    }
}
