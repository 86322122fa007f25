using ThanoSql.Vision.Hosting;

namespace ThanoSql.Vision.Imaging.Heif;

/// <summary>The process that decodes one HEIC: what <c>thanosql heif-host</c> runs. The file comes in at stdin, a TIFF goes out at stdout.</summary>
public static unsafe class HeifHost
{
    /// <summary>The hidden command of the program that runs it.</summary>
    public const string Command = "heif-host";

    private const int Piece = 1 << 16;

    /// <param name="plan">A <see cref="HeifPlan"/> in JSON.</param>
    /// <returns>The exit code: 0 when it answered.</returns>
    public static int Run(string plan)
    {
        var read = JsonSerializer.Deserialize<HeifPlan>(plan) ?? throw new ArgumentException("There is no plan.", nameof(plan));
        Confinement.EndWithParent(read.Parent);
        if (LibHeif.Load() is not { } library)
        {
            Say(HeifAnswer.Missing, "");
            return 0;
        }
        // Nothing can be opened later: .NET's code for what goes wrong is loaded now
        library.Decode([0, 0, 0, 12, .. "ftypheic"u8], (_, _) => false, (_, _, _, _, _) => { });
        if (Confinement.Enter(read.Megabytes, withoutSeccomp: false) is { } open && !read.AllowUnconfined)
            Say(HeifAnswer.Unconfined, open);
        else
            Decode(library, ReadFile(), read.Pixels);
        return 0;
    }

    private static void Decode(LibHeif library, byte[] file, long most)
    {
        (int Width, int Height)? tooLarge = null;
        var why = library.Decode(file, MayBe, Send);
        if (tooLarge is { } size)
        {
            Span<byte> numbers = stackalloc byte[2 * sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(numbers, size.Width);
            BinaryPrimitives.WriteInt32LittleEndian(numbers[sizeof(int)..], size.Height);
            Say(HeifAnswer.TooLarge, numbers);
        }
        else if (why is not null)
        {
            Say(HeifAnswer.Damaged, why);
        }

        bool MayBe(int width, int height)
        {
            if (width > 0 && height > 0 && (long)width * height <= Math.Min(most, PlainTiff.MostPixels))
                return true;
            tooLarge = (width, height);
            return false;
        }
    }

    private static void Send(int width, int height, ReadOnlySpan<byte> profile, byte* pixels, int stride)
    {
        Say(HeifAnswer.Picture, PlainTiff.Head(width, height, profile));
        for (var row = 0; row < height; row++)
            Write(new ReadOnlySpan<byte>(pixels + (long)row * stride, 3 * width));
    }

    private static byte[] ReadFile()
    {
        using var file = new MemoryStream();
        var piece = new byte[Piece];
        while (true)
        {
            fixed (byte* start = piece)
            {
                var count = (int)Posix.Read(0, start, Piece);
                if (count <= 0)
                    return file.ToArray();
                file.Write(piece, 0, count);
            }
        }
    }

    private static void Say(HeifAnswer answer, string text) => Say(answer, Encoding.UTF8.GetBytes(text));

    private static void Say(HeifAnswer answer, ReadOnlySpan<byte> bytes)
    {
        Write([(byte)answer]);
        Write(bytes);
    }

    private static void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            fixed (byte* start = bytes)
            {
                var count = (int)Posix.Write(1, start, bytes.Length);
                if (count <= 0)
                    Environment.Exit(1); // the parent is gone
                bytes = bytes[count..];
            }
        }
    }
}
