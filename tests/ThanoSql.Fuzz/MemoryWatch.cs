namespace ThanoSql.Fuzz;

/// <summary>Compares memory after a warm-up with memory at the end, garbage collected both times.</summary>
internal sealed class MemoryWatch
{
    // What caches, pools and a fragmented heap may take after the warm-up, in megabytes
    private const long ManagedBound = 48;
    private const long ResidentBound = 200;

    private const double WarmUp = 0.25;

    private (long Managed, long Resident)? _warm;

    /// <summary>Notes the memory once the first quarter, by time or count, is over.</summary>
    public void Look(TimeSpan now, TimeSpan limit, long count, long most)
    {
        if (_warm is null && (now > limit * WarmUp || (most > 0 && count > most * WarmUp)))
            _warm = Measure();
    }

    public MemoryUse Settle()
    {
        var end = Measure();
        var warm = _warm ?? end;
        var (managed, resident) = (end.Managed - warm.Managed, end.Resident - warm.Resident);
        var problem = managed > ManagedBound || resident > ResidentBound
            ? $"{managed:+0;-0} MB managed (bound {ManagedBound}), {resident:+0;-0} MB resident (bound {ResidentBound}) since the warm-up"
            : null;
        return new MemoryUse(managed, resident, end.Resident, problem);
    }

    private static (long Managed, long Resident) Measure()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        return (GC.GetTotalMemory(forceFullCollection: true) >> 20, process.WorkingSet64 >> 20);
    }
}

/// <param name="Managed">Megabytes more than after the warm-up.</param>
/// <param name="Resident">Megabytes more than after the warm-up.</param>
/// <param name="Total">Megabytes resident at the end.</param>
/// <param name="Problem">Null: it is flat.</param>
internal sealed record MemoryUse(long Managed, long Resident, long Total, string? Problem)
{
    public override string ToString() => $"memory {Managed:+0;-0;0} MB managed (bound 48), {Resident:+0;-0;0} MB resident (bound 200) of {Total} MB";
}
