using System.ComponentModel;

namespace ThanoSql.Vision.Hosting;

/// <summary>
/// Memory that this process shares with the one of a model: a place for each picture that is looked at at the same time, with its pixels and the
/// answer. The other side is not trusted: what it wrote is copied before it is looked at.
/// </summary>
internal sealed unsafe class PictureMemory : IDisposable
{
    /// <summary>Values of an answer that are handed over.</summary>
    public const int MostValues = 4096;

    private const int MostRank = 8;
    private const int MostText = 2044;
    private const int TextAt = 128;
    private const int PixelsAt = TextAt + sizeof(int) + MostText;

    private const uint CloseOnExec = 1, AllowSealing = 2;
    private const int AddSeals = 1033, SealShrink = 2, SealGrow = 4;
    private const int ReadWrite = 3, Shared = 1, OpenReadWrite = 2, OpenCloseOnExec = 0x80000;

    private readonly int _pixels;
    private readonly long _place;
    private readonly nint _length;
    private nint _start;

    private PictureMemory(int file, int places, int side)
    {
        (File, _pixels) = (file, 3 * side * side);
        _place = PlaceLength(side);
        _length = checked((nint)(_place * places));
        _start = Posix.Map(0, _length, ReadWrite, Shared, file, 0);
        if (_start == -1)
            throw new Win32Exception();
    }

    /// <summary>Its descriptor in the process that made it.</summary>
    public int File { get; private set; }

    /// <summary>Makes it; nobody can change its length any more, which would end the process that reads beyond.</summary>
    /// <param name="places">Pictures at the same time.</param>
    /// <param name="side">Of a picture, in pixels.</param>
    public static PictureMemory Create(int places, int side)
    {
        var file = Posix.CreateMemory("thanosql-pictures", CloseOnExec | AllowSealing);
        if (file < 0 || Posix.SetLength(file, PlaceLength(side) * places) < 0 || Posix.Control(file, AddSeals, SealShrink | SealGrow) < 0)
            throw new Win32Exception();
        return new PictureMemory(file, places, side);
    }

    /// <summary>Opens another process's.</summary>
    public static PictureMemory Open(int process, int descriptor, int places, int side)
    {
        var file = Posix.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/fd/{descriptor}"), OpenReadWrite | OpenCloseOnExec);
        if (file < 0)
            throw new Win32Exception();
        var memory = new PictureMemory(file, places, side);
        memory.CloseFile();
        return memory;
    }

    /// <summary>[3, side, side].</summary>
    public Span<float> Pixels(int place) => new((void*)(At(place) + PixelsAt), _pixels);

    /// <summary>The values of an answer, as many as fit.</summary>
    public Span<float> Values(int place) => new((void*)(At(place) + PixelsAt + sizeof(float) * _pixels), MostValues);

    public void WriteShape(int place, ReadOnlySpan<long> shape)
    {
        var header = new Span<long>((void*)At(place), 1 + MostRank);
        header[0] = shape.Length;
        shape[..Math.Min(shape.Length, MostRank)].CopyTo(header[1..]);
    }

    public long[] ReadShape(int place)
    {
        var header = new Span<long>((void*)At(place), 1 + MostRank).ToArray();
        return header[1..(1 + (int)Math.Clamp(header[0], 0, MostRank))];
    }

    public void WriteText(int place, string text)
    {
        var bytes = new Span<byte>((void*)(At(place) + TextAt + sizeof(int)), MostText);
        // As much as fits, without half a character
        System.Text.Unicode.Utf8.FromUtf16(text, bytes, out _, out var written);
        *(int*)(At(place) + TextAt) = written;
    }

    public string ReadText(int place)
    {
        var length = Math.Clamp(*(int*)(At(place) + TextAt), 0, MostText);
        var bytes = new Span<byte>((void*)(At(place) + TextAt + sizeof(int)), length).ToArray();
        return new string([.. Encoding.UTF8.GetString(bytes).Where(c => !char.IsControl(c) || c == '\n')]);
    }

    public void Dispose()
    {
        if (_start != 0)
            _ = Posix.Unmap(_start, _length);
        _start = 0;
        CloseFile();
    }

    private static long PlaceLength(int side) => (PixelsAt + sizeof(float) * (3L * side * side + MostValues) + 4095) / 4096 * 4096;

    private void CloseFile()
    {
        if (File >= 0)
            _ = Posix.Close(File);
        File = -1;
    }

    private nint At(int place) => _start != 0 && place >= 0 && place < _length / _place
        ? (nint)(_start + place * _place)
        : throw new ObjectDisposedException(nameof(PictureMemory));
}
