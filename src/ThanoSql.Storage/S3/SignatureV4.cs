using System.Security.Cryptography;

namespace ThanoSql.Storage.S3;

/// <summary>Signs the requests that the S3 client does not know (AWS Signature Version 4).</summary>
internal sealed class SignatureV4(string accessKey, string secretKey, string region, string service)
{
    private const string Algorithm = "AWS4-HMAC-SHA256";

    /// <summary>Adds the headers <c>X-Amz-Date</c>, <c>X-Amz-Content-Sha256</c> and <c>Authorization</c>.</summary>
    /// <param name="request">Its URI is escaped as RFC 3986 says, with a value (or none) after the <c>=</c> of each parameter.</param>
    /// <param name="body">The whole content.</param>
    /// <param name="now">Servers allow a quarter of an hour.</param>
    public void Sign(HttpRequestMessage request, byte[] body, DateTimeOffset now)
    {
        var uri = request.RequestUri!;
        var (time, scope) = Scope(now);
        var hash = Hex(SHA256.HashData(body));
        List<(string Name, string Value)> headers =
            [("host", Host(uri)), ("x-amz-content-sha256", hash), ("x-amz-date", time)];
        if (request.Content?.Headers.ContentType is { } contentType)
            headers.Insert(0, ("content-type", contentType.ToString()));
        var names = string.Join(';', headers.Select(header => header.Name));
        var lines = string.Concat(headers.Select(header => $"{header.Name}:{header.Value}\n"));
        var query = string.Join('&', uri.Query.TrimStart('?').Split('&').Order(StringComparer.Ordinal));
        var canonical = $"{request.Method}\n{uri.AbsolutePath}\n{query}\n{lines}\n{names}\n{hash}";
        var signature = Signature(StringToSign(time, scope, canonical), time[..8]);
        request.Headers.Add("X-Amz-Date", time);
        request.Headers.Add("X-Amz-Content-Sha256", hash);
        request.Headers.TryAddWithoutValidation(
            "Authorization", $"{Algorithm} Credential={accessKey}/{scope}, SignedHeaders={names}, Signature={signature}");
    }

    /// <summary>An address that may be used with a method and without headers of its own, whatever the content.</summary>
    /// <param name="method">The verb.</param>
    /// <param name="address">Escaped as RFC 3986 says, without a query.</param>
    /// <param name="seconds">How long from now, at most seven days.</param>
    /// <param name="now">Servers allow a quarter of an hour.</param>
    public Uri Presign(HttpMethod method, Uri address, int seconds, DateTimeOffset now)
    {
        var (time, scope) = Scope(now);
        var query = $"X-Amz-Algorithm={Algorithm}&X-Amz-Credential={Uri.EscapeDataString($"{accessKey}/{scope}")}&X-Amz-Date={time}"
            + $"&X-Amz-Expires={seconds}&X-Amz-SignedHeaders=host";
        var canonical = $"{method}\n{address.AbsolutePath}\n{query}\nhost:{Host(address)}\n\nhost\nUNSIGNED-PAYLOAD";
        return new Uri($"{address.AbsoluteUri}?{query}&X-Amz-Signature={Signature(StringToSign(time, scope, canonical), time[..8])}");
    }

    /// <summary>The signing key is derived from the secret by date, region and service.</summary>
    internal string Signature(string stringToSign, string date)
    {
        var key = Encoding.UTF8.GetBytes("AWS4" + secretKey);
        foreach (var part in new[] { date, region, service, "aws4_request", stringToSign })
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        return Hex(key);
    }

    private (string Time, string Scope) Scope(DateTimeOffset now)
    {
        var time = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        return (time, $"{time[..8]}/{region}/{service}/aws4_request");
    }

    private static string StringToSign(string time, string scope, string canonical) =>
        $"{Algorithm}\n{time}\n{scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";

    private static string Host(Uri uri) => uri.IsDefaultPort ? uri.Host : uri.Authority;

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
