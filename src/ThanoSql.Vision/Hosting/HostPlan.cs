namespace ThanoSql.Vision.Hosting;

/// <summary>What the process of a model is told on its command line.</summary>
/// <param name="Parent">The process that started it, and ends it.</param>
/// <param name="Memory">The parent's descriptor of the <see cref="PictureMemory"/>.</param>
/// <param name="Places">Pictures at the same time, each on a thread of its own.</param>
/// <param name="Side">Of a picture, in pixels.</param>
/// <param name="ThreadsPerInference">As <see cref="VisionOptions.ThreadsPerInference"/>.</param>
/// <param name="Megabytes">As <see cref="ImportHostOptions.Megabytes"/>.</param>
/// <param name="WithoutSeccomp">For tests: as on a machine without seccomp.</param>
internal sealed record HostPlan(int Parent, int Memory, int Places, int Side, int ThreadsPerInference, int Megabytes, bool WithoutSeccomp);

/// <summary>What the two processes say to each other over the pipes, apart from the pictures.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Place">Which picture, or 0.</param>
internal readonly record struct HostMessage(HostMessageKind Kind, int Place)
{
    public const int Length = 8;

    public static HostMessage Read(ReadOnlySpan<byte> bytes) =>
        new((HostMessageKind)BinaryPrimitives.ReadInt32LittleEndian(bytes), BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]));

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteInt32LittleEndian(bytes, (int)Kind);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], Place);
    }
}

/// <summary>From the child, but for <see cref="Look"/>. Texts lie in the memory of the place.</summary>
internal enum HostMessageKind
{
    /// <summary>It is confined, and waits for the model: eight bytes of length, then the file.</summary>
    Confined = 1,

    /// <summary>It waits for the model, and is not confined; the text says why.</summary>
    Unconfined,

    Loaded,

    /// <summary>The text says why.</summary>
    NotLoaded,

    /// <summary>To the child: there is a picture at that place.</summary>
    Look,

    /// <summary>The answer is there.</summary>
    Answered,

    /// <summary>There is none; the text says why.</summary>
    Failed,
}
