using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Browser.Look;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Browser.World;

/// <summary>Visits to a service.</summary>
internal static class Browsing
{
    /// <summary>
    /// Somebody comes with a token of their own, signs in, and does something; nothing that <see cref="Guard"/> watches for may have happened by
    /// then. When it fails, what they saw last is kept as a picture.
    /// </summary>
    public static async Task VisitAsync(this RunningService service, Chromium chromium, Visit visit, Func<Person, Task> does)
    {
        var origin = visit.Through ?? service.Client.Http.BaseAddress!;
        await using var context = await (await chromium.BrowserAsync()).NewContextAsync(new BrowserNewContextOptions
        {
            Locale = visit.Language == "ko" ? "ko-KR" : "en-GB",
            ColorScheme = visit.IsDark ? ColorScheme.Dark : ColorScheme.Light,
            ViewportSize = new ViewportSize { Width = visit.Size.Width, Height = visit.Size.Height },
            HasTouch = visit.Size == Visit.Phone,
            ReducedMotion = ReducedMotion.Reduce,
        });
        context.SetDefaultTimeout(Chromium.Patience);
        await Layout.WatchAsync(context);
        var guard = new Guard(context, origin, visit.MayComplain);
        var (_, token) = await service.Services.GetRequiredService<TokenCatalog>().CreateAsync(
            new NewToken(visit.Name ?? $"visitor-{Guid.NewGuid():N}"[..20], visit.Scope, null, visit.Restrictions), "tests", CancellationToken.None);
        var page = await context.NewPageAsync();
        var person = new Person(page, visit, origin, token);
        try
        {
            if (visit.Place is { } place)
            {
                await person.SignInAsync();
                if (place != "/")
                    await person.GoAsync(place);
            }
            await does(person);
        }
        catch (Exception failed)
        {
            var seen = await Screenshots.TakeAsync(page, $"failed-{TestContext.Current.Test?.TestDisplayName}");
            throw new InvalidOperationException($"{failed.Message}\n{string.Join('\n', guard.Troubles)}\nSeen last, at {page.Url}: {seen}", failed);
        }
        guard.Troubles.ShouldBeEmpty();
    }
}
