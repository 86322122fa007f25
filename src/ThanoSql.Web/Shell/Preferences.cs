namespace ThanoSql.Web.Shell;

/// <summary>How somebody wants to see the page: cookies that the page's script sets; no secret, and no reason to ask the catalog.</summary>
/// <param name="Language"><c>ko</c> or <c>en</c>.</param>
/// <param name="Theme"><c>light</c> or <c>dark</c>; null: as the system has it.</param>
internal sealed record Preferences(string Language, string? Theme)
{
    public static Preferences Of(HttpRequest request) => new(
        request.Cookies["thanosql.language"] is (PageTexts.Korean or PageTexts.English) and var language ? language : Spoken(request),
        request.Cookies["thanosql.theme"] is ("light" or "dark") and var theme ? theme : null);

    /// <summary>The first of ours that the browser names. Korean when it names none at all, English when it names others.</summary>
    private static string Spoken(HttpRequest request)
    {
        var languages = request.GetTypedHeaders().AcceptLanguage.OrderByDescending(l => l.Quality ?? 1).Select(l => l.Value.ToString()).ToList();
        return languages.Select(Ours).FirstOrDefault(ours => ours is not null) ?? (languages.Count == 0 ? PageTexts.Korean : PageTexts.English);
    }

    private static string? Ours(string language) =>
        language.StartsWith(PageTexts.Korean, StringComparison.OrdinalIgnoreCase) ? PageTexts.Korean
        : language.StartsWith(PageTexts.English, StringComparison.OrdinalIgnoreCase) ? PageTexts.English
        : null;
}
