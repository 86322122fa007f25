using ThanoSql.Query.Http;

namespace ThanoSql.Query.Access;

/// <summary>What a request says of a token, as JSON merge patch (RFC 7396): what it leaves out stays, null takes away.</summary>
/// <param name="Tables">That it searches.</param>
/// <param name="Prefixes">Folders of the pictures that it sees, each with a slash at its end.</param>
/// <param name="Origins">Of the pages that use it, such as https://shop.example.</param>
/// <param name="PerMinute">Requests, 1 to 1,000,000.</param>
/// <param name="ExpiresAt">ISO 8601; null: never.</param>
internal record TokenPatch(
    IReadOnlyList<string>? Tables, IReadOnlyList<string>? Prefixes, IReadOnlyList<string>? Origins, int? PerMinute, DateTimeOffset? ExpiresAt)
{
    private static readonly string[] Known = ["tables", "prefixes", "origins", "per_minute", "expires_at"];

    /// <exception cref="QueryException">The body is wrong; the message names the field, its value and what it takes.</exception>
    public static async Task<Func<ApiToken, ApiToken>> ReadAsync(HttpContext context) => Change(await BodyFields.ReadAsync(context, Known));

    /// <inheritdoc cref="ReadAsync"/>
    public static async Task<NewToken> ReadNewAsync(HttpContext context)
    {
        var body = await BodyFields.ReadAsync(context, ["name", "scope", .. Known]);
        var name = body.Text("name") ?? throw BodyFields.Bad("'name' is missing.", "It is what people call the token, and how it is revoked.");
        var scope = body.Text("scope") ?? throw BodyFields.Bad("'scope' is missing.", "It is search, query, write or admin.");
        var token = Change(body)(new ApiToken(name, TokenScopes.Parse(scope), default, null, null));
        return new NewToken(token.Name, token.Scope, token.ExpiresAt, token.Restrictions);
    }

    private static Func<ApiToken, ApiToken> Change(BodyFields body)
    {
        var said = new TokenPatch(
            body.Texts("tables"), body.Texts("prefixes"), body.Texts("origins"), body.Whole("per_minute", 1, TokenRestrictions.MostPerMinute),
            body.Time("expires_at"));
        return token => token with
        {
            ExpiresAt = body.Has("expires_at") ? said.ExpiresAt : token.ExpiresAt,
            Restrictions = new TokenRestrictions(
                body.Has("tables") ? said.Tables ?? [] : token.Restrictions.Tables,
                body.Has("prefixes") ? said.Prefixes ?? [] : token.Restrictions.Prefixes,
                body.Has("origins") ? said.Origins ?? [] : token.Restrictions.Origins,
                body.Has("per_minute") ? said.PerMinute : token.Restrictions.PerMinute),
        };
    }
}

/// <summary>A token to be made.</summary>
/// <param name="Name">Unique.</param>
/// <param name="Scope"><c>search</c>, <c>query</c>, <c>write</c> or <c>admin</c>; only <c>search</c> takes restrictions.</param>
#pragma warning disable CA1812 // described by the OpenAPI document only: the body is read by hand
internal sealed record TokenToMake(
    string Name, TokenScope Scope, IReadOnlyList<string>? Tables, IReadOnlyList<string>? Prefixes, IReadOnlyList<string>? Origins, int? PerMinute,
    DateTimeOffset? ExpiresAt) : TokenPatch(Tables, Prefixes, Origins, PerMinute, ExpiresAt);
#pragma warning restore CA1812
