using ThanoSql.Storage;

namespace ThanoSql.Catalog.Tokens;

/// <summary>What narrows a token of scope <c>search</c>; whatever is left empty narrows nothing.</summary>
/// <param name="Tables">The tables that it searches.</param>
/// <param name="Prefixes">Folders of the pictures that it sees, with a slash at the end, as SQL shows paths.</param>
/// <param name="Origins">Of the pages that use it: scheme, host, and the port where it is not the scheme's own.</param>
/// <param name="PerMinute">Requests that each query process answers in a minute, 1 to 1,000,000. Null: any number.</param>
public sealed record TokenRestrictions(
    IReadOnlyList<string> Tables, IReadOnlyList<string> Prefixes, IReadOnlyList<string> Origins, int? PerMinute)
{
    public const int MostPerMinute = 1_000_000;
    private const int MostOfAKind = 100;

    public static TokenRestrictions None { get; } = new([], [], [], null);

    public bool IsNone => Tables.Count == 0 && Prefixes.Count == 0 && Origins.Count == 0 && PerMinute is null;

    public bool IsSameAs(TokenRestrictions? other) => other is not null && PerMinute == other.PerMinute
        && Tables.SequenceEqual(other.Tables) && Prefixes.SequenceEqual(other.Prefixes) && Origins.SequenceEqual(other.Origins);

    /// <summary>Whether it sees a picture.</summary>
    /// <param name="picture">Of any bucket.</param>
    /// <param name="workspace">The bucket of prefixes that name none.</param>
    public bool Covers(ObjectPath picture, string workspace) =>
        Prefixes.Count == 0 || Prefixes.Any(prefix => StorePrefix.Parse(prefix, workspace).Covers(picture));

    /// <summary>The same, as it is kept.</summary>
    /// <exception cref="CatalogException">A part of it is wrong; the message names it.</exception>
    public TokenRestrictions Checked(string workspace) => new(
        Each("table", Tables, Table), Each("prefix", Prefixes, prefix => Prefix(prefix, workspace)), Each("origin", Origins, Origin),
        PerMinute is null or (>= 1 and <= MostPerMinute)
            ? PerMinute
            : throw new CatalogException(string.Create(
                CultureInfo.InvariantCulture, $"Requests a minute (per_minute) are a number from 1 to {MostPerMinute}, not {PerMinute}.")));

    private static List<string> Each(string what, IReadOnlyList<string> values, Func<string, string> read) => values.Count <= MostOfAKind
        ? values.Select(read).Distinct().ToList()
        : throw new CatalogException($"A token takes {MostOfAKind} values of {what}, not {values.Count}.");

    private static string Table(string name) => string.IsNullOrWhiteSpace(name) || name.Contains('\0', StringComparison.Ordinal)
        ? throw new CatalogException("A table of a token has no name.")
        : name;

    private static string Prefix(string text, string workspace)
    {
        try
        {
            return StorePrefix.Parse(text ?? "", workspace).Format(workspace);
        }
        catch (InvalidPathException wrong)
        {
            throw new CatalogException(wrong.Message);
        }
    }

    private static string Origin(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var page) || page.Scheme is not ("http" or "https") || page.PathAndQuery != "/"
            || page.UserInfo.Length > 0 || page.Fragment.Length > 0 || text.Contains('*', StringComparison.Ordinal))
        {
            throw new CatalogException($"'{text}' is no origin of pages: write scheme and host, such as https://shop.example.");
        }
        var host = page.HostNameType == UriHostNameType.IPv6 ? page.Host : page.IdnHost; // as browsers say it
        return page.IsDefaultPort
            ? $"{page.Scheme}://{host}"
            : string.Create(CultureInfo.InvariantCulture, $"{page.Scheme}://{host}:{page.Port}");
    }
}
