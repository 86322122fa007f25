namespace ThanoSql.Vision.Inference;

/// <summary>Where trunks run.</summary>
public enum VisionProvider
{
    /// <summary>CUDA where it works, else the CPU; the reason is logged.</summary>
    Auto,

    Cpu,

    /// <summary>CUDA, or an error at start.</summary>
    Cuda,
}
