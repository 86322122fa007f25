namespace ThanoSql.Vision.Trunks.Hub;

/// <summary>What vouches for a file of weights.</summary>
public enum ChecksumOrigin
{
    /// <summary>It equals the checksum pinned in the program or the configuration.</summary>
    Pinned,

    /// <summary>It equals the checksum recorded at an earlier pull.</summary>
    Recorded,

    /// <summary>It equals the checksum that the hub itself names, and was recorded: later pulls must match.</summary>
    Hub,

    /// <summary>Nothing vouches for it. It was trusted on first use and recorded: later pulls must match.</summary>
    FirstUse,
}

/// <summary>An installed file of weights.</summary>
/// <param name="Name">Algorithm, for example <c>ConvNeXt_Tiny</c>.</param>
/// <param name="Path">The safetensors file.</param>
/// <param name="Sha256">64 lower-case hexadecimal digits.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Checksum">What the checksum was compared with.</param>
/// <param name="AlreadyThere">True when nothing was downloaded.</param>
public sealed record PulledTrunk(string Name, string Path, string Sha256, long Bytes, ChecksumOrigin Checksum, bool AlreadyThere)
{
    /// <summary>One sentence for the user about the checksum.</summary>
    public string ChecksumNote => Checksum switch
    {
        ChecksumOrigin.Pinned => $"SHA-256 {Sha256} is the pinned one.",
        ChecksumOrigin.Recorded => $"SHA-256 {Sha256} is the one recorded at the first pull.",
        ChecksumOrigin.Hub =>
            $"SHA-256 {Sha256} is the one that the hub names; it was not known beforehand and is recorded now, later pulls must match.",
        _ => $"SHA-256 {Sha256} could not be compared with anything: the file is trusted on first use and recorded, later pulls must match.",
    };
}

/// <summary>Bytes on disk so far, and in the end when the hub has said so.</summary>
public readonly record struct HubProgress(long Bytes, long? Total);
