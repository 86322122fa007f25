using Microsoft.AspNetCore.Builder;

namespace ThanoSql.Query.Access;

/// <summary>Marks endpoints whose callers can send no header of their own: the query parameter <c>api_token</c> will do there.</summary>
public sealed class TokenInUrl
{
    internal TokenInUrl()
    {
    }
}

/// <summary>Marks endpoints.</summary>
public static class TokenInUrlExtensions
{
    /// <summary>
    /// Takes <c>?api_token=…</c> as well as the header. Addresses end up in logs: give such a token no more than the scope that it needs.
    /// </summary>
    public static T AllowTokenInUrl<T>(this T endpoint)
        where T : IEndpointConventionBuilder => endpoint.WithMetadata(new TokenInUrl());
}
