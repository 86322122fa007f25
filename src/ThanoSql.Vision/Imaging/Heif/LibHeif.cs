namespace ThanoSql.Vision.Imaging.Heif;

/// <summary>
/// The calls to libheif (<c>heif.h</c> of 1.13 and later) that decode one picture. All are looked up at once, since nothing can be opened once the
/// process is confined.
/// </summary>
internal sealed unsafe class LibHeif
{
    private const string Library = "libheif.so.1";
    private const int Hevc = 1, Rgb = 1, InterleavedRgb = 10, Interleaved = 10;
    private const int To8Bits = 40; // of heif_decoding_options: convert_hdr_to_8bit
    private const int MostProfile = 4 << 20;

    private readonly delegate* unmanaged<nint> _allocate, _options;
    private readonly delegate* unmanaged<nint, void> _free, _freeOptions, _releaseHandle, _releaseImage;
    private readonly delegate* unmanaged<nint, int, void> _threads;
    private readonly delegate* unmanaged<nint, byte*, nuint, nint, Error> _read;
    private readonly delegate* unmanaged<nint, nint*, Error> _primary;
    private readonly delegate* unmanaged<nint, int> _width, _height;
    private readonly delegate* unmanaged<nint, nuint> _profileSize;
    private readonly delegate* unmanaged<nint, byte*, Error> _profile;
    private readonly delegate* unmanaged<nint, nint*, int, int, nint, Error> _decode;
    private readonly delegate* unmanaged<nint, int, int> _imageWidth, _imageHeight;
    private readonly delegate* unmanaged<nint, int, int*, byte*> _plane;

    private LibHeif(nint library)
    {
        _allocate = (delegate* unmanaged<nint>)Find("heif_context_alloc");
        _free = (delegate* unmanaged<nint, void>)Find("heif_context_free");
        _threads = (delegate* unmanaged<nint, int, void>)Find("heif_context_set_max_decoding_threads");
        _read = (delegate* unmanaged<nint, byte*, nuint, nint, Error>)Find("heif_context_read_from_memory_without_copy");
        _primary = (delegate* unmanaged<nint, nint*, Error>)Find("heif_context_get_primary_image_handle");
        _releaseHandle = (delegate* unmanaged<nint, void>)Find("heif_image_handle_release");
        _width = (delegate* unmanaged<nint, int>)Find("heif_image_handle_get_width");
        _height = (delegate* unmanaged<nint, int>)Find("heif_image_handle_get_height");
        _profileSize = (delegate* unmanaged<nint, nuint>)Find("heif_image_handle_get_raw_color_profile_size");
        _profile = (delegate* unmanaged<nint, byte*, Error>)Find("heif_image_handle_get_raw_color_profile");
        _options = (delegate* unmanaged<nint>)Find("heif_decoding_options_alloc");
        _freeOptions = (delegate* unmanaged<nint, void>)Find("heif_decoding_options_free");
        _decode = (delegate* unmanaged<nint, nint*, int, int, nint, Error>)Find("heif_decode_image");
        _releaseImage = (delegate* unmanaged<nint, void>)Find("heif_image_release");
        _imageWidth = (delegate* unmanaged<nint, int, int>)Find("heif_image_get_width");
        _imageHeight = (delegate* unmanaged<nint, int, int>)Find("heif_image_get_height");
        _plane = (delegate* unmanaged<nint, int, int*, byte*>)Find("heif_image_get_plane_readonly");

        nint Find(string name) => NativeLibrary.GetExport(library, name);
    }

    /// <summary>What is done with a picture's pixels: the rows of red, green and blue lie <paramref name="stride"/> bytes apart.</summary>
    public delegate void Receive(int width, int height, ReadOnlySpan<byte> profile, byte* pixels, int stride);

    /// <returns>Null where there is no libheif, or none that decodes HEVC.</returns>
    public static LibHeif? Load()
    {
        if (!NativeLibrary.TryLoad(Library, out var library))
            return null;
        try
        {
            // Loads the decoders that are files of their own
            ((delegate* unmanaged<nint, Error>)NativeLibrary.GetExport(library, "heif_init"))(0);
            var decodes = ((delegate* unmanaged<int, int>)NativeLibrary.GetExport(library, "heif_have_decoder_for_format"))(Hevc) != 0;
            return decodes ? new LibHeif(library) : null;
        }
        catch (EntryPointNotFoundException)
        {
            return null; // older
        }
    }

    /// <summary>Decodes the primary picture, upright, to 8 bits.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="mayBe">Told width and height before anything is decoded.</param>
    /// <param name="receive">Gets the pixels.</param>
    /// <returns>What is wrong with the file; null when nothing is, or when <paramref name="mayBe"/> said no.</returns>
    public string? Decode(ReadOnlySpan<byte> file, Func<int, int, bool> mayBe, Receive receive)
    {
        var context = _allocate();
        nint handle = 0, image = 0, options = _options();
        try
        {
            fixed (byte* start = file)
            {
                _threads(context, 0); // in this thread
                if (Failed(_read(context, start, (nuint)file.Length, 0), out var why) || Failed(_primary(context, &handle), out why))
                    return why;
                if (!mayBe(_width(handle), _height(handle)))
                    return null;
                ((byte*)options)[To8Bits] = 1;
                if (Failed(_decode(handle, &image, Rgb, InterleavedRgb, options), out why))
                    return why;
                int stride;
                var pixels = _plane(image, Interleaved, &stride);
                int width = _imageWidth(image, Interleaved), height = _imageHeight(image, Interleaved);
                if (pixels is null || !mayBe(width, height) || stride < 3L * width)
                    return "there are no pixels";
                receive(width, height, Profile(handle), pixels, stride);
                return null;
            }
        }
        finally
        {
            _freeOptions(options);
            if (image != 0)
                _releaseImage(image);
            if (handle != 0)
                _releaseHandle(handle);
            _free(context);
        }
    }

    private byte[] Profile(nint handle)
    {
        var size = _profileSize(handle);
        if (size is 0 or > MostProfile)
            return [];
        var profile = new byte[size];
        fixed (byte* start = profile)
            return Failed(_profile(handle, start), out _) ? [] : profile;
    }

    private static bool Failed(Error error, out string? why)
    {
        why = error.Code == 0 ? null : Marshal.PtrToStringUTF8(error.Message) ?? "it cannot be read";
        return error.Code != 0;
    }

    // heif_error
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Error
    {
        public readonly int Code;
        public readonly int Subcode;
        public readonly nint Message;
    }
}
