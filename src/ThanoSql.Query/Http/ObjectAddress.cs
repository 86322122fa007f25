using Microsoft.AspNetCore.Http.Features;

namespace ThanoSql.Query.Http;

/// <summary>
/// Decodes the path of an object in an address, once and wholly, from what was sent. The server leaves <c>%2F</c> and bytes that are no UTF-8 as they
/// stand and takes <c>..</c> away, so an object would lie under a name that nobody meant.
/// </summary>
internal static class ObjectAddress
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>For endpoints whose address ends with such a path (<c>{**path}</c>).</summary>
    /// <exception cref="QueryException">It cannot be decoded.</exception>
    public static Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint() is RouteEndpoint { RoutePattern: { RawText: { } pattern, Parameters: [.., { IsCatchAll: true } path] } })
        {
            var root = pattern[..pattern.IndexOf('{', StringComparison.Ordinal)];
            var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
            context.Request.RouteValues[path.Name] = Read(target, context.Request.PathBase.Value, "/" + root.TrimStart('/'));
        }
        return next(context);
    }

    /// <param name="target">As it was sent: path and query, perhaps with scheme and host.</param>
    /// <param name="baseAddress">What may stand before <paramref name="root"/>, decoded.</param>
    /// <param name="root">Ends with a slash.</param>
    /// <exception cref="QueryException">It cannot be decoded.</exception>
    internal static string Read(string target, string? baseAddress, string root)
    {
        var decoded = Decode(PathOf(target));
        foreach (var before in new[] { baseAddress + root, root })
        {
            if (decoded.StartsWith(before, StringComparison.OrdinalIgnoreCase))
                return decoded[before.Length..];
            if (decoded.Equals(before.TrimEnd('/'), StringComparison.OrdinalIgnoreCase))
                return "";
        }
        throw Bad("The address takes a detour ('..' or '.').", "Write it straight.");
    }

    private static string PathOf(string target)
    {
        var path = target.AsSpan(0, target.IndexOf('?', StringComparison.Ordinal) is >= 0 and var query ? query : target.Length);
        if (path.StartsWith("/") || path.IndexOf("://") is not (>= 0 and var scheme))
            return path.ToString();
        var authority = path[(scheme + 3)..];
        return authority.IndexOf('/') is >= 0 and var slash ? authority[slash..].ToString() : "/";
    }

    private static string Decode(string path)
    {
        var bytes = new List<byte>(path.Length);
        for (var i = 0; i < path.Length; i++)
        {
            if (path[i] != '%')
            {
                bytes.AddRange(Encoding.UTF8.GetBytes([path[i]]));
                continue;
            }
            var digits = path.AsSpan(i + 1, Math.Min(2, path.Length - i - 1));
            if (digits.Length < 2 || !byte.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
                throw Bad("In the address, a '%' is not followed by two hexadecimal digits.", "Write % as %25.");
            bytes.Add(value);
            i += 2;
        }
        try
        {
            return Strict.GetString([.. bytes]);
        }
        catch (DecoderFallbackException)
        {
            throw Bad("The address is not UTF-8.", "Escape the UTF-8 bytes of each character: 과일 is %EA%B3%BC%EC%9D%BC.");
        }
    }

    private static QueryException Bad(string message, string hint) => new(ErrorCode.BadRequest, message, hint: hint);
}
