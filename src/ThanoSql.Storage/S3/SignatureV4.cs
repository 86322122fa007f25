using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ThanoSql.Storage.S3;

/// <summary>
/// Signs requests that the S3 client does not know (AWS Signature Version 4, for requests to the root path without a query).
/// </summary>
internal sealed class SignatureV4(string accessKey, string secretKey, string region, string service)
{
    private const string Algorithm = "AWS4-HMAC-SHA256";

    /// <summary>Adds the headers <c>X-Amz-Date</c> and <c>Authorization</c>.</summary>
    public void Sign(HttpRequestMessage request, byte[] body, DateTimeOffset now)
    {
        var time = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var host = request.RequestUri!.IsDefaultPort ? request.RequestUri.Host : request.RequestUri.Authority;
        var contentType = request.Content!.Headers.ContentType!.ToString();
        var scope = $"{time[..8]}/{region}/{service}/aws4_request";
        const string signedHeaders = "content-type;host;x-amz-date";
        var canonical =
            $"{request.Method}\n/\n\ncontent-type:{contentType}\nhost:{host}\nx-amz-date:{time}\n\n{signedHeaders}\n{Hex(SHA256.HashData(body))}";
        var signature = Signature($"{Algorithm}\n{time}\n{scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}", time[..8]);
        request.Headers.Add("X-Amz-Date", time);
        request.Headers.TryAddWithoutValidation(
            "Authorization", $"{Algorithm} Credential={accessKey}/{scope}, SignedHeaders={signedHeaders}, Signature={signature}");
    }

    /// <summary>The signing key is derived from the secret by date, region and service.</summary>
    internal string Signature(string stringToSign, string date)
    {
        var key = Encoding.UTF8.GetBytes("AWS4" + secretKey);
        foreach (var part in new[] { date, region, service, "aws4_request", stringToSign })
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        return Hex(key);
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
