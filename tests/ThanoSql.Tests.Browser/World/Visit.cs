using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Browser.World;

/// <summary>How somebody comes to the page.</summary>
public sealed record Visit
{
    /// <summary>What the browser asks for: <c>ko</c> or <c>en</c>.</summary>
    public string Language { get; init; } = "ko";

    public bool IsDark { get; init; }

    /// <summary>Of the window, in pixels.</summary>
    public (int Width, int Height) Size { get; init; } = Desk;

    /// <summary>Of the token, which the page shows; one of its own unless given.</summary>
    public string? Name { get; init; }

    /// <summary>What the token allows.</summary>
    public TokenScope Scope { get; init; } = TokenScope.Admin;

    /// <summary>What the token is restricted to.</summary>
    public TokenRestrictions Restrictions { get; init; } = TokenRestrictions.None;

    /// <summary>Where they begin: <c>/label</c>. Null to come without signing in, to nowhere yet.</summary>
    public string? Place { get; init; } = "/";

    /// <summary>The address at which they know the service, where it is another than its own.</summary>
    public Uri? Through { get; init; }

    /// <summary>Whether what the service says badly may be heard by the browser's console: for tests that break something.</summary>
    public bool MayComplain { get; init; }

    public static (int Width, int Height) Desk => (1440, 1000);

    public static (int Width, int Height) Phone => (390, 844);
}
