using System.Diagnostics;
using System.Text.Json;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Integration.Query.Escapes.Sql;

namespace ThanoSql.Tests.Integration.Query.Escapes;

/// <summary>Statements of users, each as each scope.</summary>
public sealed class SqlEscapeTests(EscapeHost host, ITestOutputHelper output) : IClassFixture<EscapeHost>
{
    private static readonly ILookup<string, Attempt> ByKind =
        ((IEnumerable<Attempt>)[.. CommandAttempts.All, .. RoleAttempts.All, .. SecretAttempts.All, .. SessionAttempts.All,
            .. PathAttempts.Statements])
        .ToLookup(a => a.Kind);

    public static TheoryData<string> Kinds => [.. ByKind.Select(kind => kind.Key)];

    [Fact]
    public void The_corpus_is_large() => ByKind.Sum(kind => kind.Count()).ShouldBeGreaterThan(450);

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task No_statement_gets_further_than_its_token_allows(string kind)
    {
        var through = new List<string>();
        var clock = Stopwatch.StartNew();
        foreach (var attempt in ByKind[kind])
        {
            foreach (var scope in EscapeHost.Scopes)
            {
                if (await TryAsync(attempt, scope) is { } wrong)
                    through.Add($"{scope}: {attempt}\n    {wrong}");
                if (attempt.Steps.Length > 1)
                    await host.ClearAsync();
            }
            if (await host.ChangesAsync() is { Count: > 0 } changes)
                through.Add($"{attempt}\n    changed {string.Join("; ", changes)}");
        }

        output.WriteLine($"{kind}: {ByKind[kind].Count()} attempts, each as {EscapeHost.Scopes.Count} scopes, {clock.Elapsed.TotalSeconds:F1} s");
        through.ShouldBeEmpty(string.Join("\n", through));
    }

    /// <returns>How it got through; null when it did not.</returns>
    private async Task<string?> TryAsync(Attempt attempt, TokenScope scope)
    {
        foreach (var step in attempt.Steps[..^1])
        {
            if (await host.RunAsync(step, scope) is { Status: >= 500 } failed)
                return $"the step '{step}' was answered {failed.Status}: {failed.Body}";
        }
        var (status, body) = await host.RunAsync(attempt.Steps[^1], scope);
        if (host.SecretIn(body) is { } secret)
            return $"the answer holds the secret {secret}: {Short(body)}";
        if (status is >= 400 and < 500)
            return null;
        if (status != 200 || attempt.Gives is null)
            return $"answered {status}: {Short(body)}";
        return attempt.Gives.Length == 0 || Rows(body) == attempt.Gives ? null : $"gives {Short(Rows(body))}, not {attempt.Gives}";
    }

    private static string Rows(string body)
    {
        using var reply = JsonDocument.Parse(body);
        var split = reply.RootElement.GetProperty("data").GetProperty("df").GetString();
        if (split is null)
            return "";
        using var rows = JsonDocument.Parse(split);
        return rows.RootElement.GetProperty("data").GetRawText().Replace(" ", "", StringComparison.Ordinal);
    }

    private static string Short(string text) => text.Length <= 400 ? text : text[..400] + "…";
}
