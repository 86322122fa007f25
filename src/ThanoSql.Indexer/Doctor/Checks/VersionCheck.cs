using ThanoSql.Query;

namespace ThanoSql.Indexer.Doctor.Checks;

/// <summary>What runs is of this program's release.</summary>
internal sealed class VersionCheck(Patient patient) : ICheck
{
    public string Name => "versions";

    public async Task<Finding> RunAsync(CancellationToken cancellationToken)
    {
        var services = await patient.ServicesAsync().WaitAsync(cancellationToken);
        var running = services.Where(s => s.Trouble is null).Select(s => (Where: s.Address.ToString(), s.Version))
            .Concat((await patient.WorkersAsync(cancellationToken)).Select(w => (Where: $"a worker on {w.Host}", w.Version)))
            .Distinct().ToList();
        if (running.Count == 0)
            return Finding.Skipped($"this program is {Product.Version}; nothing runs that could be asked");
        return running.Where(r => r.Version != Product.Version).ToList() is { Count: > 0 } others
            ? Finding.Warning(
                $"this program is {Product.Version}, but {string.Join(", ", others.Select(r => $"{r.Where} is {r.Version}"))}",
                "Bring all of them to one release, and run the doctor of that one.")
            : Finding.Ok($"all {running.Count} that answer are {Product.Version}");
    }
}
