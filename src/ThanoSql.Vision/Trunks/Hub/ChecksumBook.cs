namespace ThanoSql.Vision.Trunks.Hub;

/// <summary>
/// What a file's checksum must be: the pinned one; else the one recorded at the first pull in <c>NAME.sha256</c> (the format of sha256sum); else the
/// one that the hub names; else any.
/// </summary>
internal sealed class ChecksumBook(string name, string file, string? pinned)
{
    private readonly string _record = Path.ChangeExtension(file, ".sha256");

    /// <summary>Compares, and says with what.</summary>
    /// <exception cref="TrunkException">It is another file than the one expected.</exception>
    public ChecksumOrigin Check(string sha256, string? hub)
    {
        if (pinned is not null)
            return Compare(sha256, pinned, ChecksumOrigin.Pinned, "the pinned one");
        if (Recorded() is { } recorded)
            return Compare(sha256, recorded, ChecksumOrigin.Recorded, $"recorded in {_record}");
        return hub is null ? ChecksumOrigin.FirstUse : Compare(sha256, hub, ChecksumOrigin.Hub, "the one that the hub names");
    }

    /// <summary>Keeps the checksum of a first pull.</summary>
    public void Record(string sha256) => File.WriteAllText(_record, $"{sha256}  {Path.GetFileName(file)}\n");

    private string? Recorded()
    {
        if (!File.Exists(_record))
            return null;
        var text = File.ReadAllText(_record).Split(' ', 2)[0].Trim().ToLowerInvariant();
        return text.Length == 64 && text.All(char.IsAsciiHexDigit)
            ? text
            : throw new TrunkException($"{_record} holds no SHA-256. Restore it, or delete it to trust the next pull.");
    }

    private ChecksumOrigin Compare(string sha256, string expected, ChecksumOrigin origin, string what) =>
        string.Equals(sha256, expected, StringComparison.OrdinalIgnoreCase)
            ? origin
            : throw new TrunkException($"The weights of {name} have the SHA-256 {sha256}; {expected} is {what}. They are refused.");
}
