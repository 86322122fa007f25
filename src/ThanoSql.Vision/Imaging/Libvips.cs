using System.Runtime.CompilerServices;

namespace ThanoSql.Vision.Imaging;

/// <summary>Starts libvips once, with every loader blocked that is not used, and wraps the operations that are.</summary>
internal static partial class Libvips
{
    // libvips does not hand a thumbnail's own fail_on to the loader.
    private const string FailOnAnyDamage = "fail_on=warning";

    private static readonly string[] Loaders =
    [
        "VipsForeignLoadJpeg", "VipsForeignLoadPng", "VipsForeignLoadWebp", "VipsForeignLoadNsgif", "VipsForeignLoadTiff", "VipsForeignLoadHeif",
    ];

    private static readonly double[] White = [255, 255, 255];
    private static readonly Lazy<bool> Started = new(Start);

    /// <exception cref="InvalidOperationException">libvips does not start; the message says why.</exception>
    public static void EnsureStarted() => _ = Started.Value;

    /// <summary>Upright picture of exactly width x height pixels, aspect not kept (<see cref="Enums.Size.Force"/>), or inside them.</summary>
    public static Image Resized(byte[] bytes, int width, int height, Enums.Size size) =>
        Image.ThumbnailBuffer(bytes, width, optionString: FailOnAnyDamage, height: height, size: size);

    /// <summary>8 bits, three bands for <see cref="ColorMode.Rgb"/> and one for <see cref="ColorMode.Gray"/>, alpha flattened on white.</summary>
    public static Image ToOpaque(this Image image, ColorMode color)
    {
        using var converted = image.Colourspace(color == ColorMode.Gray ? Enums.Interpretation.Bw : Enums.Interpretation.Srgb);
        if (!converted.HasAlpha())
            return converted.Cast(Enums.BandFormat.Uchar);
        using var flattened = converted.Flatten(White[..Math.Min(3, converted.Bands - 1)]);
        return flattened.Cast(Enums.BandFormat.Uchar);
    }

    private static bool Start()
    {
        // Must reach the native environment before libvips starts: a damaged PNG otherwise writes hundreds of thousands of lines to stderr.
        _ = SetNativeEnvironment("VIPS_WARNING", "0", 1);
        Configure();
        return true;
    }

    // NetVips starts libvips as soon as one of its members is used, so none is used in the method above.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Configure()
    {
        if (!ModuleInitializer.VipsInitialized)
            throw new InvalidOperationException($"libvips does not start: {ModuleInitializer.Exception.Message}", ModuleInitializer.Exception);
        NetVips.NetVips.Concurrency = 1;
        Cache.Max = 0;
        Operation.Block("VipsForeignLoad", true);
        foreach (var loader in Loaders)
            Operation.Block(loader, false);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetNativeEnvironment(string name, string value, int overwrite);
}
