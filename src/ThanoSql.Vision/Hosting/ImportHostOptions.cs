using System.ComponentModel.DataAnnotations;

namespace ThanoSql.Vision.Hosting;

/// <summary>Configuration section <c>Models:Import</c>: what a network of others may take. Each runs in a process of its own.</summary>
public sealed class ImportHostOptions
{
    public const string Section = "Models:Import";

    /// <summary>Memory of such a process beyond what it has before it loads the network, in MB; the kernel refuses more.</summary>
    [Range(256, 1 << 20)]
    public int Megabytes { get; set; } = 2048;

    /// <summary>How long it may load, in seconds.</summary>
    [Range(1, 3600)]
    public int LoadSeconds { get; set; } = 60;

    /// <summary>How long it may look at one picture, in seconds.</summary>
    [Range(1, 600)]
    public int PictureSeconds { get; set; } = 10;

    /// <summary>Whether networks of others run where the kernel cannot confine their process (no seccomp, or no x86-64).</summary>
    public bool AllowUnconfined { get; set; }

    /// <summary>For tests: as on a machine without seccomp.</summary>
    internal bool WithoutSeccomp { get; set; }
}
