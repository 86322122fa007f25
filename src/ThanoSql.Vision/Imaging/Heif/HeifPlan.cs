namespace ThanoSql.Vision.Imaging.Heif;

/// <summary>What the process that decodes one HEIC is told on its command line.</summary>
/// <param name="Parent">The process that started it, and ends it.</param>
/// <param name="Megabytes">As <see cref="HeifLimits.Megabytes"/>.</param>
/// <param name="Pixels">As <see cref="ImageLimits.Pixels"/>.</param>
/// <param name="AllowUnconfined">Whether it goes on where the kernel does not confine it.</param>
internal sealed record HeifPlan(int Parent, int Megabytes, long Pixels, bool AllowUnconfined);

/// <summary>The first byte of its answer; what follows is text, but for two of them.</summary>
internal enum HeifAnswer : byte
{
    /// <summary>A TIFF follows.</summary>
    Picture = 1,

    /// <summary>Width and height follow, each of four bytes.</summary>
    TooLarge,

    Damaged,

    /// <summary>There is no decoder.</summary>
    Missing,

    Unconfined,
}
