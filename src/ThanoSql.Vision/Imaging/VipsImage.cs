using System.Runtime.InteropServices;

namespace ThanoSql.Vision.Imaging;

/// <summary>One libvips image. libvips computes lazily from the source bytes, so these must stay pinned for as long as any image lives.</summary>
internal sealed unsafe class VipsImage : SafeHandle
{
    private const string FailOnAnyDamage = "fail_on=warning";

    private VipsImage(nint image)
        : base(0, ownsHandle: true) => SetHandle(image);

    public override bool IsInvalid => handle == 0;
    public int Width => VipsNative.Width(handle);
    public int Height => VipsNative.Height(handle);
    public int Bands => VipsNative.Bands(handle);

    /// <summary>EXIF orientations 5 to 8 lie on their side.</summary>
    public bool LiesOnItsSide => VipsNative.Orientation(handle) is >= 5 and <= 8;

    /// <summary>Reads the header only.</summary>
    public static VipsImage Open(byte* bytes, int length) => Wrap(VipsNative.ImageNewFromBuffer(bytes, (nuint)length, "", 0));

    /// <summary>
    /// Upright picture of exactly width x height pixels, aspect not kept (size <see cref="VipsNative.SizeForce"/>), or inside them.
    /// </summary>
    public static VipsImage Resized(byte* bytes, int length, int width, int height, int size) => Wrap(
        VipsNative.ThumbnailBuffer(bytes, (nuint)length, out var image, width, "height", height, "size", size, "option_string", FailOnAnyDamage, 0),
        image);

    public VipsImage Crop(int left, int top, int width, int height) =>
        Next(VipsNative.ExtractArea(handle, out var image, left, top, width, height, 0), image);

    /// <summary>8 bits, three bands for <see cref="ColorMode.Rgb"/> and one for <see cref="ColorMode.Gray"/>, alpha flattened on white.</summary>
    public VipsImage ToOpaque(ColorMode color)
    {
        var space = color == ColorMode.Gray ? VipsNative.InterpretationBlackWhite : VipsNative.InterpretationSrgb;
        var image = Next(VipsNative.ColourSpace(handle, out var converted, space, 0), converted);
        if (VipsNative.HasAlpha(image.handle) != 0)
            image = image.FlattenOnWhite();
        return image.Next(VipsNative.CastToByte(image.handle, out var bytes, 0), bytes);
    }

    /// <summary>Runs the pipeline; interleaved bands, row by row.</summary>
    public byte[] ToBytes()
    {
        byte* pixels = VipsNative.WriteToMemory(handle, out var length);
        if (pixels is null)
            throw new VipsException(VipsRuntime.TakeError());
        return Take(pixels, length);
    }

    public byte[] ToJpeg(int quality)
    {
        int failed = VipsNative.JpegSave(handle, out var bytes, out var length, "Q", quality, "keep", VipsNative.KeepIccProfile, 0);
        return failed == 0 ? Take(bytes, length) : throw new VipsException(VipsRuntime.TakeError());
    }

    public byte[] ToWebP(int quality)
    {
        int failed = VipsNative.WebPSave(handle, out var bytes, out var length, "Q", quality, "keep", VipsNative.KeepIccProfile, 0);
        return failed == 0 ? Take(bytes, length) : throw new VipsException(VipsRuntime.TakeError());
    }

    protected override bool ReleaseHandle()
    {
        VipsNative.ObjectUnref(handle);
        return true;
    }

    private VipsImage FlattenOnWhite()
    {
        double* white = stackalloc double[3] { 255, 255, 255 };
        nint background = VipsNative.ArrayDoubleNew(white, Math.Min(3, Bands - 1));
        try
        {
            return Next(VipsNative.Flatten(handle, out var image, "background", background, 0), image);
        }
        finally
        {
            VipsNative.AreaUnref(background);
        }
    }

    // Each step holds a reference to the one before, so the wrapper of the earlier step can go at once.
    private VipsImage Next(int failed, nint image)
    {
        Dispose();
        return Wrap(failed, image);
    }

    private static VipsImage Wrap(int failed, nint image) => Wrap(failed == 0 ? image : 0);

    private static VipsImage Wrap(nint image) => image != 0 ? new VipsImage(image) : throw new VipsException(VipsRuntime.TakeError());

    private static byte[] Take(byte* bytes, nuint length)
    {
        try
        {
            return new ReadOnlySpan<byte>(bytes, checked((int)length)).ToArray();
        }
        finally
        {
            VipsNative.Free(bytes);
        }
    }
}
