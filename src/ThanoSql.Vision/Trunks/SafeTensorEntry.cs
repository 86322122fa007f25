namespace ThanoSql.Vision.Trunks;

/// <summary>Number formats that are read.</summary>
internal enum SafeTensorType
{
    F32,
    F16,
    BF16,
}

/// <summary>One tensor's place: bytes [Start, Start + Length) of the data that follows the header.</summary>
internal sealed record SafeTensorEntry(SafeTensorType Type, int[] Shape, int Start, int Length);
