namespace ThanoSql.Vision.Imaging.Mending;

/// <summary>A file that a decoder takes, made of one that it refused.</summary>
/// <param name="Bytes">The whole file.</param>
/// <param name="Rows">Rows of pixels from the top that are there; null when all are.</param>
/// <param name="IsCoarse">Whether the later scans of a progressive JPEG are missing.</param>
internal sealed record MendedPicture(byte[] Bytes, int? Rows = null, bool IsCoarse = false);
