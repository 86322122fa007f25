using System.Diagnostics;
using System.Text.Json;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query.Escapes;

/// <summary>Files that UPLOAD MODEL must refuse, saying what is wrong with them, each as each scope.</summary>
public sealed class ModelEscapeTests(EscapeHost host, ITestOutputHelper output) : IClassFixture<EscapeHost>
{
    [Fact]
    public async Task No_model_that_means_harm_is_taken()
    {
        var through = new List<string>();
        var clock = Stopwatch.StartNew();
        var attempts = ModelAttempts.All.ToList();
        for (var i = 0; i < attempts.Count; i++)
        {
            var attempt = attempts[i];
            await host.StoreAsync($"evil/{i}.{attempt.Extension}", attempt.File);
            foreach (var scope in EscapeHost.Scopes)
            {
                var (status, body) = await RunAsync($"UPLOAD MODEL evil OPTIONS ({attempt.Options}) FROM 'evil/{i}.{attempt.Extension}'", scope);
                if (host.SecretIn(body) is { } secret)
                    through.Add($"{scope}: {attempt.Name}\n    the answer holds the secret {secret}");
                if (status is not (>= 400 and < 500) || scope < TokenScope.Write && status != 403)
                    through.Add($"{scope}: {attempt.Name}\n    answered {status}: {body[..Math.Min(body.Length, 400)]}");
                else if (scope >= TokenScope.Write && Missing(attempt, Message(body)) is { } missing)
                    through.Add($"{scope}: {attempt.Name}\n    says nothing of '{missing}': {Message(body)}");
            }
        }

        if (await host.ChangesAsync() is { Count: > 0 } changes)
            through.Add($"changed {string.Join("; ", changes)}");
        (await host.RunAsync("PREDICT USING colours AS SELECT * FROM products", TokenScope.Query)).Status.ShouldBe(200);
        output.WriteLine($"models: {attempts.Count} attempts, each as {EscapeHost.Scopes.Count} scopes, {clock.Elapsed.TotalSeconds:F1} s");
        through.ShouldBeEmpty(string.Join("\n", through));
    }

    private static string? Missing(ModelAttempt attempt, string message) =>
        attempt.Says.FirstOrDefault(word => !message.Contains(word, StringComparison.OrdinalIgnoreCase));

    // Whoever hangs is named.
    private async Task<(int Status, string Body)> RunAsync(string statement, TokenScope scope)
    {
        try
        {
            return await host.RunAsync(statement, scope).WaitAsync(TimeSpan.FromSeconds(30));
        }
        catch (TimeoutException)
        {
            return (0, "no answer");
        }
    }

    private static string Message(string body)
    {
        using var reply = JsonDocument.Parse(body);
        return reply.RootElement.GetProperty("message").GetString()!;
    }
}
