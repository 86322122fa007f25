using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;

namespace ThanoSql.Tests.Browser.Look;

/// <summary>Whether everybody can use the page: axe finds nothing against WCAG 2.1 A and AA, contrast of 4.5:1 with it.</summary>
internal static class Axe
{
    /// <summary>What a component does wrong, by rule and selector, with the report of it: nothing so far.</summary>
    private static readonly (string Rule, string Within, string Issue)[] Known = [];

    private static readonly AxeRunOptions Options = new()
    {
        RunOnly = new RunOnlyOptions { Type = "tag", Values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] },
    };

    public static async Task CheckAsync(IPage page)
    {
        var found = await page.RunAxe(Options);
        var violations =
            from rule in found.Violations
            from node in rule.Nodes
            where !Known.Any(known => known.Rule == rule.Id && node.Target.ToString()!.Contains(known.Within, StringComparison.Ordinal))
            select $"{rule.Id}: {rule.Help}\n  {node.Html}\n  {string.Join("; ", node.Any.Concat(node.All).Select(check => check.Message))}";
        violations.ShouldBeEmpty();
    }
}
