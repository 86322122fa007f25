using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace ThanoSql.Catalog.Tokens;

/// <summary>The text that a client shows: <c>tsql_</c> and 256 random bits. A guess is hopeless, so one round of SHA-256 is enough at rest.</summary>
internal static class TokenSecret
{
    private const string Prefix = "tsql_"; // lets secret scanners and people recognise it

    public static string New() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
