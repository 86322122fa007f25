namespace ThanoSql.Vision.Imaging.Heif;

/// <summary>Whether HEIC is read, and what the process that does it may take.</summary>
/// <param name="Mode">Whether.</param>
/// <param name="Seconds">For one picture.</param>
/// <param name="Megabytes">Memory beyond what the process has before it sees the picture; the kernel refuses more.</param>
public sealed record HeifLimits(HeifMode Mode = HeifMode.Auto, int Seconds = HeifLimits.DefaultSeconds, int Megabytes = HeifLimits.DefaultMegabytes)
{
    public const int DefaultSeconds = 60;
    public const int DefaultMegabytes = 1024;

    public static HeifLimits Default { get; } = new();
}

/// <summary>Whether HEIC is read.</summary>
public enum HeifMode
{
    /// <summary>Where the system has libheif with a decoder of HEVC, and the kernel can confine the process that decodes.</summary>
    Auto,

    /// <summary>Also where the kernel cannot (no seccomp, or no x86-64).</summary>
    Unconfined,

    Off,
}
