using System.Buffers.Text;
using System.Security.Cryptography;

namespace ThanoSql.Query.Search;

/// <summary>The last row of a page: the next page begins behind it. Opaque and signed, and good for the same search only.</summary>
/// <param name="Value">Of the sort column; null for NULL.</param>
/// <param name="Path">The image path; null for NULL.</param>
/// <param name="Row">The row's place (ctid): tells rows apart that share all else.</param>
internal sealed record SearchCursor(string? Value, string? Path, string Row)
{
    private const string Purpose = "cursor";

    public async ValueTask<string> ToTextAsync(SearchRequest request, LinkSigner signer, CancellationToken cancellationToken)
    {
        var payload = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(this));
        return $"{payload}.{await signer.SignAsync(Purpose, payload + Fingerprint(request), cancellationToken)}";
    }

    /// <exception cref="QueryException">It was not made by us, or for another search.</exception>
    public static async ValueTask<SearchCursor?> ReadAsync(SearchRequest request, LinkSigner signer, CancellationToken cancellationToken)
    {
        if (request.After is not { } text)
            return null;
        var parts = text.Split('.');
        if (parts.Length != 2 || !await signer.IsValidAsync(Purpose, parts[0] + Fingerprint(request), parts[1], cancellationToken))
        {
            throw new QueryException(
                ErrorCode.BadRequest, "'after' does not belong to this search.",
                hint: "Send the 'next' of the page before, with the same parameters.");
        }

        return JsonSerializer.Deserialize<SearchCursor>(Base64Url.DecodeFromChars(parts[0]));
    }

    private static string Fingerprint(SearchRequest request)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(request with { After = null, Limit = 0, Width = 0 }), hash);
        return Convert.ToHexString(hash);
    }
}
