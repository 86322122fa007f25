using Microsoft.Extensions.DependencyInjection;

namespace ThanoSql.Query.Http;

/// <summary>
/// JSON and texts go compressed to clients that take Brotli or gzip, over TLS, too: nobody can make another's browser ask with a token, since tokens
/// are in no cookie, so a guess in the address tells nothing by an answer's length (BREACH).
/// </summary>
internal static class AnswerCompression
{
    public static IServiceCollection AddAnswerCompression(this IServiceCollection services) => services.AddResponseCompression(compression =>
    {
        compression.EnableForHttps = true;
        compression.MimeTypes = ["application/json", "application/problem+json", "text/csv", "text/html", "text/plain"];
    });
}
