using System.Runtime.InteropServices;

namespace ThanoSql.Vision.Imaging;

/// <summary>
/// The few functions of libvips that are used. The variadic ones are declared with the fixed arguments of each use: integers and pointers
/// travel alike in variadic and ordinary calls on Linux x64 and arm64, floating point does not, so none is passed.
/// </summary>
internal static unsafe partial class VipsNative
{
    public const string Library = "vips";
    public const int SizeDown = 2;
    public const int SizeForce = 3;
    public const int DirectionHorizontal = 0;
    public const int InterpretationBlackWhite = 1;
    public const int InterpretationSrgb = 22;
    public const int KeepIccProfile = 8;

    [LibraryImport(Library, EntryPoint = "vips_init", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Init(string program);

    [LibraryImport(Library, EntryPoint = "vips_concurrency_set")]
    public static partial void ConcurrencySet(int threads);

    [LibraryImport(Library, EntryPoint = "vips_cache_set_max")]
    public static partial void CacheSetMax(int operations);

    [LibraryImport(Library, EntryPoint = "vips_operation_block_set", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void OperationBlockSet(string operation, int blocked);

    [LibraryImport(Library, EntryPoint = "vips_error_buffer_copy")]
    public static partial byte* ErrorBufferCopy();

    [LibraryImport(Library, EntryPoint = "g_free")]
    public static partial void Free(void* memory);

    [LibraryImport(Library, EntryPoint = "g_object_unref")]
    public static partial void ObjectUnref(nint instance);

    [LibraryImport(Library, EntryPoint = "vips_image_new_from_buffer", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint ImageNewFromBuffer(byte* bytes, nuint length, string options, nint end);

    [LibraryImport(Library, EntryPoint = "vips_image_get_width")]
    public static partial int Width(nint image);

    [LibraryImport(Library, EntryPoint = "vips_image_get_height")]
    public static partial int Height(nint image);

    [LibraryImport(Library, EntryPoint = "vips_image_get_bands")]
    public static partial int Bands(nint image);

    [LibraryImport(Library, EntryPoint = "vips_image_hasalpha")]
    public static partial int HasAlpha(nint image);

    [LibraryImport(Library, EntryPoint = "vips_image_get_orientation")]
    public static partial int Orientation(nint image);

    [LibraryImport(Library, EntryPoint = "vips_thumbnail_buffer", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ThumbnailBuffer(
        byte* bytes, nuint length, out nint image, int width,
        string heightName, int height, string sizeName, int size, string optionsName, string options, nint end);

    [LibraryImport(Library, EntryPoint = "vips_colourspace")]
    public static partial int ColourSpace(nint image, out nint result, int space, nint end);

    [LibraryImport(Library, EntryPoint = "vips_flatten", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Flatten(nint image, out nint result, string backgroundName, nint background, nint end);

    [LibraryImport(Library, EntryPoint = "vips_array_double_new")]
    public static partial nint ArrayDoubleNew(double* values, int count);

    [LibraryImport(Library, EntryPoint = "vips_area_unref")]
    public static partial void AreaUnref(nint area);

    [LibraryImport(Library, EntryPoint = "vips_cast_uchar")]
    public static partial int CastToByte(nint image, out nint result, nint end);

    [LibraryImport(Library, EntryPoint = "vips_extract_area")]
    public static partial int ExtractArea(nint image, out nint result, int left, int top, int width, int height, nint end);

    [LibraryImport(Library, EntryPoint = "vips_image_write_to_memory")]
    public static partial byte* WriteToMemory(nint image, out nuint length);

    [LibraryImport(Library, EntryPoint = "vips_jpegsave_buffer", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int JpegSave(
        nint image, out byte* bytes, out nuint length, string qualityName, int quality, string keepName, int keep, nint end);

    [LibraryImport(Library, EntryPoint = "vips_webpsave_buffer", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int WebPSave(
        nint image, out byte* bytes, out nuint length, string qualityName, int quality, string keepName, int keep, nint end);
}
