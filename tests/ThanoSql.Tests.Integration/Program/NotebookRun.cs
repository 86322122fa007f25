using System.Diagnostics;
using System.Text;
using System.Text.Json;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Tests.Integration.Query;

namespace ThanoSql.Tests.Integration.Program;

/// <summary>A notebook's cells, run in order: Python's by Python, statements as the client sends them.</summary>
/// <param name="Errors">What its cells printed, and why one failed.</param>
/// <param name="Pictures">Of each that was shown, the id of its cell.</param>
internal sealed record NotebookRun(int ExitCode, string Errors, IReadOnlyList<string> Statements, IReadOnlyList<string> Pictures)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <param name="notebook">A file.</param>
    /// <param name="service">Named to the notebook by THANOSQL_URL.</param>
    /// <param name="token">By THANOSQL_API_TOKEN.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<NotebookRun> RunAsync(string notebook, Uri service, string token, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        using var python = Start(notebook, service, token);
        try
        {
            var errors = python.StandardError.ReadToEndAsync(patience.Token);
            var statements = new List<string>();
            IReadOnlyList<string> pictures = [];
            while (await python.StandardOutput.ReadLineAsync(patience.Token) is { } line)
            {
                using var told = JsonDocument.Parse(line);
                if (told.RootElement.TryGetProperty("pictures", out var shown))
                {
                    pictures = [.. shown.EnumerateArray().Select(cell => cell.GetString()!)];
                    continue;
                }
                statements.Add(told.RootElement.GetProperty("statement").GetString()!);
                await python.StandardInput.WriteLineAsync((await AnswerAsync(told.RootElement)).AsMemory(), patience.Token);
                await python.StandardInput.FlushAsync(patience.Token);
            }
            await python.WaitForExitAsync(patience.Token);
            return new NotebookRun(python.ExitCode, await errors, statements, pictures);
        }
        finally
        {
            if (!python.HasExited)
                python.Kill();
        }
    }

    private static Process Start(string notebook, Uri service, string token)
    {
        var start = new ProcessStartInfo("python3", ["-X", "utf8", Repository.File("tests/python/notebook.py"), notebook])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            StandardErrorEncoding = Encoding.UTF8,
        };
        start.Environment["THANOSQL_URL"] = service.GetLeftPart(UriPartial.Authority);
        start.Environment["THANOSQL_API_TOKEN"] = token;
        return Process.Start(start)!;
    }

    private static async Task<string> AnswerAsync(JsonElement asked)
    {
        var address = new Uri(asked.GetProperty("url").GetString()!);
        (address.Scheme, address.AbsolutePath).ShouldBe(("ws", "/ws/v1/query"));
        var shown = await Client029.RunAsync(
            address, asked.GetProperty("token").GetString()!, asked.GetProperty("statement").GetString()!);
        return JsonSerializer.Serialize(new { error = shown.Error, df = shown.DataFrame });
    }
}
