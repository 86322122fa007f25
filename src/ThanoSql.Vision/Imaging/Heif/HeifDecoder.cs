using System.ComponentModel;
using System.Diagnostics;
using ThanoSql.Vision.Hosting;

namespace ThanoSql.Vision.Imaging.Heif;

/// <summary>
/// HEIC, as iPhones write it, to a TIFF that libvips reads, by the system's libheif: HEVC's decoders are not ours to ship. Each picture is decoded
/// in a process of its own, which is confined before it sees the file and ended when it takes too long.
/// </summary>
internal static class HeifDecoder
{
    private const int Tries = 2; // what ends a process may come from elsewhere
    private const int MostText = 300;
    private const int HeadOfTiff = 5 << 20; // with the profile

    /// <exception cref="ImageRejectedException">It is damaged, too large, takes too long, or is not read here; the message says why.</exception>
    /// <exception cref="TrunkException">The process does not start.</exception>
    public static byte[] ToTiff(byte[] file, ImageLimits limits)
    {
        if (limits.Heif.Mode == HeifMode.Off)
            throw Unsupported("is not read here (Vision:Heif=off)");
        for (var left = Tries; ; left--)
        {
            var (answer, end) = Ask(file, limits);
            if (answer.Length > 0)
                return Understand(answer, limits);
            if (left == 1)
                throw Damaged(end);
        }
    }

    internal static byte[] Understand(byte[] answer, ImageLimits limits)
    {
        var rest = answer.AsSpan(1);
        switch ((HeifAnswer)answer[0])
        {
            case HeifAnswer.Picture:
                return rest.ToArray();
            case HeifAnswer.TooLarge when rest.Length == 2 * sizeof(int):
                ImageGate.CheckPixels(
                    BinaryPrimitives.ReadInt32LittleEndian(rest), BinaryPrimitives.ReadInt32LittleEndian(rest[sizeof(int)..]),
                    Math.Min(limits.Pixels, PlainTiff.MostPixels));
                throw Damaged("it has no size");
            case HeifAnswer.Missing:
                throw Unsupported(
                    "needs the system's libheif: install libheif1 and, where there is one, libheif-plugin-libde265 (Debian, Ubuntu), then "
                    + "run: thanosql failures retry");
            case HeifAnswer.Unconfined:
                throw Unsupported(
                    $"is not read here, since its decoder cannot be confined ({Text(rest)}); run on Linux x86-64 with seccomp, or accept the risk "
                    + "with Vision:Heif=unconfined");
            default:
                throw Damaged(Text(rest));
        }
    }

    /// <returns>What the process said, all of it; nothing when it ended before, and why.</returns>
    private static (byte[] Answer, string End) Ask(byte[] file, ImageLimits limits)
    {
        var plan = new HeifPlan(Environment.ProcessId, limits.Heif.Megabytes, limits.Pixels, limits.Heif.Mode == HeifMode.Unconfined);
        using var process = Start(plan, file.LongLength);
        var complaints = new Complaints(process.StandardError);
        var isLate = false;
        byte[] answer;
        using (new Timer(_ => Kill(process, ref isLate), null, TimeSpan.FromSeconds(limits.Heif.Seconds), Timeout.InfiniteTimeSpan))
        {
            Send(process, file);
            answer = Read(process, 3 * Math.Min(limits.Pixels, PlainTiff.MostPixels) + HeadOfTiff);
            process.WaitForExit();
        }
        var last = complaints.ReadToEnd();
        if (Volatile.Read(ref isLate))
            throw Damaged($"its decoder took more than {limits.Heif.Seconds} s (Vision:HeifSeconds)");
        return process.ExitCode == 0 ? (answer, "") : ([], $"its decoder ended with code {process.ExitCode}{last}");
    }

    private static Process Start(HeifPlan plan, long bytes)
    {
        try
        {
            return ProcessStarter.Start(HostProgram.StartInfo(HeifHost.Command, JsonSerializer.Serialize(plan), bytes));
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            throw new TrunkException($"The process that decodes HEIC does not start: {e.Message}", e);
        }
    }

    private static void Send(Process process, byte[] file)
    {
        try
        {
            using var pipe = process.StandardInput.BaseStream;
            pipe.Write(file);
        }
        catch (IOException)
        {
            // It ended, and its answer or exit code says why
        }
    }

    private static byte[] Read(Process process, long most)
    {
        using var answer = new MemoryStream();
        var piece = new byte[1 << 16];
        int count;
        while ((count = process.StandardOutput.BaseStream.Read(piece)) > 0)
        {
            answer.Write(piece, 0, count);
            if (answer.Length <= most)
                continue;
            process.Kill(); // more than it was let
            break;
        }
        return answer.ToArray();
    }

    private static void Kill(Process process, ref bool isLate)
    {
        try
        {
            if (process.HasExited)
                return;
            Volatile.Write(ref isLate, true);
            process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself
        }
    }

    // The other side is not trusted
    private static string Text(ReadOnlySpan<byte> bytes) =>
        new([.. Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, MostText)]).Where(c => !char.IsControl(c))]);

    private static ImageRejectedException Damaged(string why) =>
        new(ImageRejection.Corrupt, $"The HEIC's content is damaged ({why}). Upload it again or save it anew.");

    private static ImageRejectedException Unsupported(string why) => new(
        ImageRejection.UnsupportedFormat,
        $"The file is a HEIC, which {why}. Or convert it to JPEG (iPhone: Settings, Camera, Formats, Most Compatible).");
}
