using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace ThanoSql.Query.Images;

/// <summary>The files of a body in <c>multipart/form-data</c>, one after the other as they arrive; none is kept.</summary>
internal static class MultipartFiles
{
    private const int LongestBoundary = 70; // RFC 2046

    public static bool AreIn(HttpRequest request) => BoundaryOf(request) is not null;

    /// <param name="request">Of which nothing was read.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="QueryException">It is no such body, or a damaged one.</exception>
    public static async IAsyncEnumerable<FilePart> ReadAsync(HttpRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var part in PartsAsync(request, cancellationToken))
        {
            if (part.FileName is { } name)
                yield return new FilePart(name, part.Body);
        }
    }

    /// <inheritdoc cref="ReadAsync"/>
    /// <returns>Also those that are no files.</returns>
    public static async IAsyncEnumerable<FormPart> PartsAsync(HttpRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (BoundaryOf(request) is not { Length: > 0 and <= LongestBoundary } boundary)
            throw Bad($"The body is no multipart/form-data with a boundary, but '{request.ContentType}'.");
        var reader = new MultipartReader(boundary, request.Body);
        while (await UndamagedAsync(() => reader.ReadNextSectionAsync(cancellationToken)) is { } section)
        {
            if (ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition))
                yield return new FormPart(HeaderUtilities.RemoveQuotes(disposition.Name).ToString(), NameOf(disposition), section.Body);
        }
    }

    /// <summary>Reads of the body, with an error for the client where that is not what it says to be.</summary>
    public static async Task<T> UndamagedAsync<T>(Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (Exception damaged) when (damaged is InvalidDataException || damaged is IOException and not BadHttpRequestException)
        {
            throw Bad($"The multipart body is damaged or ends early: {damaged.Message}");
        }
    }

    private static QueryException Bad(string message) =>
        new(ErrorCode.BadRequest, message, hint: "For example: curl -F file=@a.jpeg -F file=@b.jpeg …");

    private static string? BoundaryOf(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            ? HeaderUtilities.RemoveQuotes(type.Boundary).ToString()
            : null;

    // Null for a field of a form that is no file
    private static string? NameOf(ContentDispositionHeaderValue disposition)
    {
        var name = disposition.FileNameStar.HasValue ? disposition.FileNameStar : HeaderUtilities.RemoveQuotes(disposition.FileName);
        return name.HasValue ? name.ToString() : null;
    }
}

/// <summary>A file of a body.</summary>
/// <param name="Name">As the client calls it.</param>
/// <param name="Body">To be read before the next part is asked for.</param>
internal sealed record FilePart(string Name, Stream Body);

/// <summary>A part of a body.</summary>
/// <param name="Field">Of the form.</param>
/// <param name="FileName">As the client calls the file; null for a part that is none.</param>
/// <param name="Body">To be read before the next part is asked for.</param>
internal sealed record FormPart(string Field, string? FileName, Stream Body);
