using System.Security.Cryptography;
using System.Text.Json.Serialization;
using ThanoSql.Query.Http;
using ThanoSql.Query.Search;

namespace ThanoSql.Query.Similarity;

/// <summary>
/// The picture that hits resemble: <c>?path=products/1.jpg</c>, <c>?hash=</c> with its SHA-256, or one that was sent; with <c>model=</c>,
/// <c>min_similarity=</c> and <c>self=</c>.
/// </summary>
/// <param name="Path">As somebody wrote it; null for one that is named by its hash or was sent.</param>
/// <param name="Hash">SHA-256 in lower-case hexadecimal; null for one that is named by its path.</param>
/// <param name="Model">In whose eyes pictures resemble each other; null for the model of the table.</param>
/// <param name="MinSimilarity">The least cosine, -1 to 1.</param>
/// <param name="Self">Whether rows that show this very picture are hits.</param>
internal sealed record NearPicture(string? Path, string? Hash, string? Model = null, double MinSimilarity = -1, bool Self = true)
{
    private static readonly string[] Own = ["path", "hash", "model", "min_similarity", "self"];
    private static readonly string[] Ordered = ["sort", "facets", "total"];

    /// <summary>The file that was sent.</summary>
    [JsonIgnore]
    public byte[]? Sent { get; init; }

    /// <summary>Reads a search for similar pictures.</summary>
    /// <param name="query">Of the address.</param>
    /// <param name="sent">A picture in the request's body; null for none.</param>
    /// <exception cref="QueryException">A parameter is missing, unknown or out of its range.</exception>
    public static SearchRequest Read(IQueryCollection query, byte[]? sent)
    {
        RefuseOrder(query);
        var (path, hash) = (One(query, "path"), One(query, "hash"));
        if ((path is null ? 0 : 1) + (hash is null ? 0 : 1) + (sent is null ? 0 : 1) != 1)
        {
            throw new QueryException(
                ErrorCode.BadRequest,
                sent is null ? "Name one picture: with 'path', or with 'hash'." : "The picture was sent: there is no place for 'path' or 'hash'.",
                hint: "?table=products&path=products/1.jpg, or POST a picture.");
        }
        return SearchRequest.Read(query, Own) with
        {
            Near = new NearPicture(
                path, sent is null ? Checked(hash) : Convert.ToHexStringLower(SHA256.HashData(sent)), One(query, "model"),
                Parameters.Number(query, "min_similarity", -1, -1, 1), Parameters.Choice(query, "self", "true", "false") == "true")
            {
                Sent = sent,
            },
        };
    }

    /// <summary>Reads a search for pictures that resemble each other.</summary>
    /// <param name="query">Of the address.</param>
    /// <param name="usual">The least cosine where none is given.</param>
    /// <param name="least">The least that may be given.</param>
    /// <exception cref="QueryException">A parameter is missing, unknown or out of its range.</exception>
    public static SearchRequest ReadEach(IQueryCollection query, double usual, double least)
    {
        RefuseOrder(query);
        return SearchRequest.Read(query, "model", "min_similarity") with
        {
            Near = new NearPicture(null, null, One(query, "model"), Parameters.Number(query, "min_similarity", usual, least, 1)),
        };
    }

    private static void RefuseOrder(IQueryCollection query)
    {
        if (Ordered.FirstOrDefault(query.ContainsKey) is { } name)
        {
            throw new QueryException(
                ErrorCode.BadRequest, $"'{name}' is for searches by keyword.",
                hint: $"Similar pictures have an order of their own, and are not counted. To filter by a column of that name: {name}.eq=…");
        }
    }

    private static string? Checked(string? hash) =>
        hash is null || (hash.Length == 2 * SHA256.HashSizeInBytes && hash.All(char.IsAsciiHexDigit))
            ? hash?.ToLowerInvariant()
            : throw new QueryException(
                ErrorCode.BadRequest, $"'hash' is a SHA-256: 64 hexadecimal digits, not '{hash}'.",
                hint: "GET /api/v1/images/{path} shows it as content_hash.");

    private static string? One(IQueryCollection query, string name) => query[name].ToString() is { Length: > 0 } text ? text : null;
}
