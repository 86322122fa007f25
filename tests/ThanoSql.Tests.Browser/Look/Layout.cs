using System.Text.Json;

namespace ThanoSql.Tests.Browser.Look;

/// <summary>Whether the page keeps to its drawing: the type scale, sizes of what is pressed, nothing beyond the window, nothing that jumps.</summary>
internal static class Layout
{
    private const double MostShift = 0.1;

    private static readonly string[] FontSizes = ["12px", "13px", "14px", "16px", "20px", "28px"];

    /// <summary>
    /// Measures Cumulative Layout Shift from the first paint on, as web.dev/cls defines it: of bursts of shifts that are less than a second apart,
    /// and five seconds long at most, the worst.
    /// </summary>
    public static Task WatchAsync(IBrowserContext context) => context.AddInitScriptAsync(
        """
        window.layoutShift = 0;
        let burst = 0, first = 0, last = 0;
        new PerformanceObserver(list => {
          for (const { hadRecentInput, startTime, value } of list.getEntries()) {
            if (hadRecentInput) continue;
            if (startTime - last > 1000 || startTime - first > 5000) [burst, first] = [0, startTime];
            [burst, last] = [burst + value, startTime];
            window.layoutShift = Math.max(window.layoutShift, burst);
          }
        }).observe({ type: 'layout-shift', buffered: true });
        """);

    public static async Task CheckAsync(IPage page)
    {
        var found = (await page.EvaluateAsync<JsonElement>(Measure, new { fonts = FontSizes }))!;
        Texts("fonts").ShouldBeEmpty("Font sizes that are not of the scale");
        Texts("small").ShouldBeEmpty("Targets that are too small to hit");
        Texts("wide").ShouldBeEmpty("What reaches beyond the window");
        found.GetProperty("shift").GetDouble().ShouldBeLessThanOrEqualTo(MostShift, "Layout shift");

        IEnumerable<string?> Texts(string name) => found.GetProperty(name).EnumerateArray().Select(text => text.GetString());
    }

    // A target within a sentence may be as high as its line (WCAG 2.5.8), and one that only assistive technology sees has no size.
    private const string Measure =
        """
        ({ fonts }) => {
          const name = e => e.outerHTML.slice(0, 120), phone = innerWidth < 720, least = phone ? 44 : 36;
          const shown = e => e.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && e.getClientRects().length > 0;
          const all = [...document.body.querySelectorAll('*')].filter(shown);
          const hasText = e => [...e.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.textContent.trim());
          const targets = all.filter(e => e.matches('a[href], button, input:not([type=hidden]), select, textarea, [role=button], [role=tab]'));
          const isSmall = e => {
            const label = e.matches('input') ? e.closest('label') : null, box = (label ?? e).getBoundingClientRect();
            return box.width > 1 && box.height > 1 && box.height < least - 0.5 && getComputedStyle(e).display !== 'inline';
          };
          const size = e => getComputedStyle(e).fontSize, root = document.scrollingElement;
          return {
            fonts: all.filter(e => hasText(e) && !fonts.includes(size(e))).map(e => size(e) + ' ' + name(e)),
            small: targets.filter(isSmall).map(e => Math.round(e.getBoundingClientRect().height) + ' px: ' + name(e)),
            wide: root.scrollWidth > innerWidth ? all.filter(e => e.getBoundingClientRect().right > innerWidth + 1).slice(-5).map(name) : [],
            shift: window.layoutShift,
          };
        }
        """;
}
