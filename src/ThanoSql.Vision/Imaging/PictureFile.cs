using ThanoSql.Vision.Imaging.Heif;
using ThanoSql.Vision.Imaging.Mending;

namespace ThanoSql.Vision.Imaging;

/// <summary>A picture file that the gate let through: as it was stored or, where a decoder refuses that, mended.</summary>
internal sealed class PictureFile
{
    private readonly ImageLimits _limits;
    private readonly byte[] _stored;
    private byte[] _bytes;
    private int? _rows; // of the stored picture, from the top; null for all
    private Queue<MendedPicture>? _mended; // what is left to try

    /// <exception cref="ImageRejectedException">The bytes are refused.</exception>
    public PictureFile(byte[] bytes, ImageLimits limits)
    {
        (_stored, _limits) = (bytes, limits);
        Format = ImageSignature.Recognise(bytes);
        Libvips.EnsureStarted();
        _bytes = Format switch
        {
            ImageFormat.Bmp => Bitmap.ToTiff(bytes, limits.Pixels),
            ImageFormat.Heic => HeifDecoder.ToTiff(bytes, limits),
            _ => bytes,
        };
        if (!TryReadHeader(out var error) || !ImageStructure.IsComplete(Format, bytes))
            Mend(error);
    }

    public ImageFormat Format { get; }

    /// <summary>Pixels of the upright picture.</summary>
    public int Width { get; private set; }

    /// <inheritdoc cref="Width"/>
    public int Height { get; private set; }

    /// <summary>What of the picture is missing; null when nothing is.</summary>
    public string? Damage { get; private set; }

    /// <summary>Upright picture of exactly width x height pixels, aspect not kept (<see cref="Enums.Size.Force"/>), or inside them.</summary>
    /// <exception cref="VipsException">Its content is damaged; it may show only when the pixels are read.</exception>
    public Image Resized(int width, int height, Enums.Size size)
    {
        if (_rows is not { } rows)
            return Libvips.Resized(_bytes, width, height, size);
        using var whole = Image.NewFromBuffer(_bytes, access: Enums.Access.Sequential);
        using var there = whole.Crop(0, 0, whole.Width, rows);
        return there.ThumbnailImage(width, height: height, size: size);
    }

    /// <summary>Goes on to the next file that may be read instead.</summary>
    /// <param name="error">Why this one cannot; null when it ends before its picture.</param>
    /// <exception cref="ImageRejectedException">There is none.</exception>
    public void Mend(VipsException? error)
    {
        _mended ??= new(ImageMender.Mend(Format, _stored));
        while (_mended.TryDequeue(out var mended))
        {
            (_bytes, _rows) = (mended.Bytes, mended.Rows);
            if (TryReadHeader(out _) && HasEnough(mended))
                return;
        }
        throw error is null || !ImageStructure.IsComplete(Format, _stored) ? ImageGate.Truncated(Format) : ImageGate.Corrupt(error);
    }

    private bool HasEnough(MendedPicture mended)
    {
        Damage = mended.IsCoarse ? "the last scans of the JPEG are missing, it is coarser than it was" : null;
        if (mended.Rows is not { } rows)
            return true;
        using var header = Image.NewFromBuffer(_bytes);
        var part = (double)rows / header.Height;
        Damage = string.Create(CultureInfo.InvariantCulture, $"the last {header.Height - rows} of its {header.Height} rows are missing");
        (Width, Height) = LiesOnItsSide(header) ? (rows, header.Width) : (header.Width, rows);
        return rows > 0 && part >= _limits.Rows;
    }

    private bool TryReadHeader(out VipsException? error)
    {
        error = null;
        try
        {
            using var header = Image.NewFromBuffer(_bytes);
            (Width, Height) = LiesOnItsSide(header) ? (header.Height, header.Width) : (header.Width, header.Height);
        }
        catch (VipsException e)
        {
            error = e;
            return false;
        }
        ImageGate.CheckPixels(Width, Height, _limits.Pixels);
        return true;
    }

    // EXIF orientations 5 to 8
    private static bool LiesOnItsSide(Image image) => image.Contains("orientation") && image.Get("orientation") is int and >= 5 and <= 8;
}
