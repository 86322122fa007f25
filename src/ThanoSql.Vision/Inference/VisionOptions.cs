using System.ComponentModel.DataAnnotations;

namespace ThanoSql.Vision.Inference;

/// <summary>Configuration section <c>Vision</c>.</summary>
public sealed class VisionOptions
{
    public const string Section = "Vision";

    /// <summary><c>auto</c>, <c>cpu</c> or <c>cuda</c>.</summary>
    public VisionProvider Provider { get; set; } = VisionProvider.Auto;

    /// <summary>Number of the CUDA device.</summary>
    [Range(0, 63)]
    public int CudaDevice { get; set; }

    /// <summary>Pictures decoded and embedded at once; one thread each.</summary>
    [Range(1, 1024)]
    public int Threads { get; set; } = Environment.ProcessorCount;

    /// <summary>Threads inside one inference. One is fastest where <see cref="Threads"/> keeps the cores busy.</summary>
    [Range(1, 1024)]
    public int ThreadsPerInference { get; set; } = 1;

    /// <summary>Pixels (width times height) that a picture's header may ask for.</summary>
    [Range(1_000, 2_000_000_000)]
    public long PixelLimit { get; set; } = 100_000_000;
}

/// <summary>Where trunks run.</summary>
public enum VisionProvider
{
    /// <summary>CUDA where it works, else the CPU; the reason is logged.</summary>
    Auto,

    Cpu,

    /// <summary>CUDA, or an error at start.</summary>
    Cuda,
}
