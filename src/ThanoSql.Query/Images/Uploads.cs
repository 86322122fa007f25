using System.Buffers;
using ThanoSql.Catalog.Images;
using ThanoSql.Vision.Imaging;

namespace ThanoSql.Query.Images;

/// <summary>Stores pictures, makes them known at once, and follows them into the index.</summary>
internal sealed class Uploads(
    IObjectStore store, ImageIntake intake, PictureWatch watch, ImageStates states, Pictures pictures, IOptions<ImageOptions> options,
    IOptions<SqlOptions> sql)
{
    private const int Piece = 81_920;

    /// <summary>Bytes of one picture.</summary>
    public long Most => options.Value.Megabytes * 1_000_000L;

    public QueryException TooLarge() =>
        new(ErrorCode.TooLarge, $"The picture is larger than {options.Value.Megabytes} MB (Query:Images:Megabytes).");

    /// <returns>The whole picture; null when it is larger than <see cref="Most"/>.</returns>
    public async Task<MemoryStream?> ReadAsync(Stream body, CancellationToken cancellationToken)
    {
        var content = new MemoryStream();
        var piece = ArrayPool<byte>.Shared.Rent(Piece);
        try
        {
            while (await body.ReadAsync(piece, cancellationToken) is > 0 and var read)
            {
                if (content.Length + read > Most)
                    return null;
                content.Write(piece, 0, read);
            }
            return content;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    /// <summary>What the bytes are decides, whatever was said of them.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="content">The whole.</param>
    /// <param name="onlyNew">Whether a picture that is there stays.</param>
    /// <param name="cancellationToken">Leaves all as it was.</param>
    /// <exception cref="ImageRejectedException">It is no picture.</exception>
    /// <exception cref="QueryException">There is one already.</exception>
    public async Task<Upload> StoreAsync(string path, MemoryStream content, bool onlyNew, CancellationToken cancellationToken)
    {
        var image = StorePath.Parse(path, sql.Value.Workspace);
        var type = ContentType(ImageSignature.Recognise(content.GetBuffer().AsSpan(0, (int)content.Length)));
        content.Position = 0;
        if (image.Bucket == sql.Value.Workspace)
            await store.EnsureBucketAsync(image.Bucket, cancellationToken); // other buckets are the operator's to make
        var stored = onlyNew
            ? await store.WriteNewAsync(image, content, type, cancellationToken) ?? throw Taken(image)
            : await store.WriteAsync(image, content, type, cancellationToken);
        return new Upload(stored, await intake.AcceptAsync(stored, cancellationToken));
    }

    /// <summary>Waits until a picture's row is committed, where there is time for it.</summary>
    /// <returns>Whether it is.</returns>
    public async Task<bool> IsSettledAsync(Upload upload, TimeSpan within, CancellationToken cancellationToken) =>
        upload.IsIndexed && within > TimeSpan.Zero && await watch.WaitAsync(upload.Stored, within, cancellationToken);

    /// <summary>How a picture stands that was stored before, as soon as its row is committed, or when the time is over.</summary>
    /// <returns>Null when it is not there any more.</returns>
    public async Task<StoredPicture?> FollowAsync(ObjectPath path, TimeSpan within, CancellationToken cancellationToken)
    {
        if (await store.StatAsync(path, cancellationToken) is not { } stored)
            return null;
        var upload = new Upload(stored, IsIndexed: true);
        return await DescribeAsync(upload, await IsSettledAsync(upload, within, cancellationToken), cancellationToken);
    }

    /// <summary>How a picture stands.</summary>
    public async Task<StoredPicture> DescribeAsync(Upload upload, bool isSettled, CancellationToken cancellationToken)
    {
        var path = upload.Stored.Path;
        var picture = new StoredPicture(
            StorePath.Format(path, sql.Value.Workspace), upload.Stored.ETag, upload.Stored.Size,
            State: upload.IsIndexed ? ImageState.Pending : null, Failure: null, Keywords: []);
        if (!isSettled || await states.FindAsync(path.Bucket, path.Key, cancellationToken) is not { } known)
            return picture;
        return picture with
        {
            State = known.State,
            Failure = PictureFailure.Of(known),
            Keywords = await pictures.KeywordsAsync(path, cancellationToken),
        };
    }

    /// <summary>Where to ask for a picture, below the service's base address.</summary>
    public string AddressOf(Upload upload)
    {
        var (bucket, segments) = (upload.Stored.Path.Bucket, upload.Stored.Key.Split('/').Select(Uri.EscapeDataString));
        var elsewhere = bucket == sql.Value.Workspace ? "" : Uri.EscapeDataString($"s3://{bucket}/"); // proxies make one slash of two
        return $"/api/v1/images/{elsewhere}{string.Join('/', segments)}";
    }

    private static string ContentType(ImageFormat format) => format switch
    {
        ImageFormat.Jpeg => "image/jpeg",
        ImageFormat.Png => "image/png",
        ImageFormat.WebP => "image/webp",
        ImageFormat.Gif => "image/gif",
        ImageFormat.Tiff => "image/tiff",
        ImageFormat.Avif => "image/avif",
        ImageFormat.Bmp => "image/bmp",
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, null),
    };

    private QueryException Taken(ObjectPath image) => new(
        ErrorCode.PreconditionFailed, $"There is a picture '{StorePath.Format(image, sql.Value.Workspace)}' already.",
        hint: "Without 'If-None-Match: *' it is overwritten.");
}

/// <summary>A picture that was stored just now.</summary>
/// <param name="IsIndexed">Whether anybody wants it in an index.</param>
internal sealed record Upload(ObjectInfo Stored, bool IsIndexed);

/// <summary>What became of a picture that was sent.</summary>
/// <param name="Path">As SQL and search show it.</param>
/// <param name="Etag">Of the stored object.</param>
/// <param name="Size">In bytes.</param>
/// <param name="State">
/// <c>pending</c>, <c>indexed</c> or <c>failed</c>; null when no pipeline's prefix covers the path: it is stored, and that is all.
/// </param>
/// <param name="Failure">Why it failed.</param>
/// <param name="Keywords">Five of each model, the best first; empty until it is indexed.</param>
internal sealed record StoredPicture(
    string Path, string Etag, long Size, ImageState? State, PictureFailure? Failure, IReadOnlyList<PictureKeyword> Keywords);
