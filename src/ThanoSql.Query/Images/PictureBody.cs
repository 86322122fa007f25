using Microsoft.AspNetCore.Http.Features;

namespace ThanoSql.Query.Images;

/// <summary>The one picture that a request brings.</summary>
internal static class PictureBody
{
    private const int Framing = 1_000_000; // bytes of a body besides its picture

    /// <summary>The body, or the only file of a form.</summary>
    /// <exception cref="QueryException">It is too large, or no form with one file.</exception>
    public static async Task<MemoryStream> ReadAsync(HttpContext context, Uploads uploads, CancellationToken cancellationToken)
    {
        Limit(context, uploads.Most + Framing);
        var request = context.Request;
        if (!MultipartFiles.AreIn(request))
        {
            return request.ContentLength > uploads.Most
                ? throw uploads.TooLarge()
                : await uploads.ReadAsync(request.Body, cancellationToken) ?? throw uploads.TooLarge();
        }
        MemoryStream? content = null;
        await foreach (var file in MultipartFiles.ReadAsync(request, cancellationToken))
        {
            if (content is not null)
                throw new QueryException(ErrorCode.BadRequest, "The form holds several files.", hint: "POST /api/v1/images takes many.");
            content = await MultipartFiles.UndamagedAsync(() => uploads.ReadAsync(file.Body, cancellationToken)) ?? throw uploads.TooLarge();
        }
        return content
            ?? throw new QueryException(ErrorCode.BadRequest, "The form holds no file.", hint: "curl -T a.jpeg … sends it without a form.");
    }

    /// <summary>Lets the server take so many bytes.</summary>
    public static void Limit(HttpContext context, long most)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = most;
    }
}
