using ThanoSql.Embedding;

namespace ThanoSql.Indexer.Doctor.Checks;

/// <summary>There is space where the installation writes on this machine: home folder, embedded database, store, models, temporary files.</summary>
internal sealed class DiskCheck(Patient patient) : ICheck
{
    private const double Mega = 1e6;
    private const long Full = 256_000_000;
    private const long Low = 2_000_000_000;
    private const double LowShare = 0.05;
    private const long Plenty = 20_000_000_000;

    public string Name => "disk";

    public Task<Finding> RunAsync(CancellationToken cancellationToken)
    {
        var drives = DriveInfo.GetDrives();
        var findings = Places().Distinct().GroupBy(place => DriveOf(drives, place.Path)?.Name)
            .Where(places => places.Key is not null)
            .Select(places => Judge(DriveOf(drives, places.First().Path)!, string.Join(", ", places.Select(p => p.What).Distinct())));
        return Task.FromResult(Finding.Worst([.. findings]));
    }

    internal static Finding Judge(long free, long total, string where, string what)
    {
        var seen = string.Create(
            CultureInfo.InvariantCulture, $"{where} ({what}): {free / Mega:N0} of {total / Mega:N0} MB free");
        var advice = $"Free space on {where}, or give it a larger disk.";
        return free < Full ? Finding.Failed(seen, advice)
            : free < Low || (free < Plenty && free < total * LowShare) ? Finding.Warning(seen, advice)
            : Finding.Ok(seen);
    }

    private static Finding Judge(DriveInfo drive, string what)
    {
        try
        {
            return Judge(drive.AvailableFreeSpace, drive.TotalSize, drive.Name, what);
        }
        catch (Exception hidden) when (hidden is IOException or UnauthorizedAccessException)
        {
            return Finding.Skipped($"{drive.Name} ({what}) cannot be looked at: {hidden.Message}");
        }
    }

    private IEnumerable<(string What, string Path)> Places()
    {
        yield return ("home", patient.Home);
        yield return ("temporary files", Path.GetTempPath());
        var database = Path.Combine(patient.Home, HomeFolder.PostgreSqlFolder);
        if (Directory.Exists(database))
            yield return ("database", database);
        if (patient.StoreRoot is { } root)
            yield return ("store", root);
        if (patient.Configuration[$"{ModelOptions.Section}:Folder"] is { Length: > 0 } models)
            yield return ("models", models);
    }

    // The mount that is nearest above
    private static DriveInfo? DriveOf(DriveInfo[] drives, string path)
    {
        var full = Path.GetFullPath(path);
        return drives.Where(drive => IsAbove(drive.Name, full)).MaxBy(drive => drive.Name.Length);
    }

    private static bool IsAbove(string mount, string path) =>
        path == mount || path.StartsWith(mount.EndsWith('/') ? mount : mount + "/", StringComparison.Ordinal);
}
