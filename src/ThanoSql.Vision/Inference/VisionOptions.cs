using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using ThanoSql.Vision.Imaging.Heif;

namespace ThanoSql.Vision.Inference;

/// <summary>Configuration section <c>Vision</c>.</summary>
public sealed class VisionOptions : IValidatableObject
{
    public const string Section = "Vision";

    /// <summary><c>auto</c>, <c>cpu</c> or <c>cuda</c>.</summary>
    public VisionProvider Provider { get; set; } = VisionProvider.Auto;

    /// <summary>Number of the CUDA device.</summary>
    [Range(0, 63)]
    public int CudaDevice { get; set; }

    [ValidateObjectMembers]
    public CudaOptions Cuda { get; set; } = new();

    /// <summary>
    /// Pictures of one run on CUDA: up to eight sizes, rising, 1 to 1024. A batch between two of them is filled up; each takes seconds to warm.
    /// Absent: 1, 8, 32, 128.
    /// </summary>
    public int[]? BatchSizes { get; set; }

    /// <summary>Pictures decoded at once, and on the CPU embedded; one thread each.</summary>
    [Range(1, 1024)]
    public int Threads { get; set; } = Environment.ProcessorCount;

    /// <summary>Threads inside one inference. One is fastest where <see cref="Threads"/> keeps the cores busy.</summary>
    [Range(1, 1024)]
    public int ThreadsPerInference { get; set; } = 1;

    /// <summary>Pixels (width times height) that a picture's header may ask for.</summary>
    [Range(1_000, 2_000_000_000)]
    public long PixelLimit { get; set; } = ImageLimits.DefaultPixels;

    /// <summary>Of a JPEG whose end is missing, the part of its rows that must be there; 1 refuses every one.</summary>
    [Range(0.5, 1)]
    public double LeastRows { get; set; } = ImageLimits.DefaultRows;

    /// <summary>Whether HEIC is read: <c>auto</c>, <c>unconfined</c> or <c>off</c>.</summary>
    public HeifMode Heif { get; set; } = HeifMode.Auto;

    /// <summary>How long a HEIC may take, in seconds.</summary>
    [Range(1, 600)]
    public int HeifSeconds { get; set; } = HeifLimits.DefaultSeconds;

    /// <summary>Memory that decoding a HEIC may take, in MB.</summary>
    [Range(64, 1 << 16)]
    public int HeifMegabytes { get; set; } = HeifLimits.DefaultMegabytes;

    public ImageLimits ToLimits() => new(PixelLimit, LeastRows) { Heif = new HeifLimits(Heif, HeifSeconds, HeifMegabytes) };

    internal IReadOnlyList<int> EffectiveBatchSizes => BatchSizes ?? [1, 8, 32, 128];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        var sizes = EffectiveBatchSizes;
        if (sizes.Count is < 1 or > 8 || sizes.Any(s => s is < 1 or > 1024) || sizes.Zip(sizes.Skip(1)).Any(pair => pair.First >= pair.Second))
            yield return new ValidationResult("Vision:BatchSizes has one to eight sizes from 1 to 1024, each larger than the one before.");
    }
}

/// <summary>Configuration section <c>Vision:Cuda</c>.</summary>
public sealed class CudaOptions
{
    /// <summary>Memory of the card that each trunk in use may take, in MiB; 0 for no limit.</summary>
    [Range(0, 1 << 20)]
    public int MemoryMegabytes { get; set; }
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
