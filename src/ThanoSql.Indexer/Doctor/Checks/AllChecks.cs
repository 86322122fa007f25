namespace ThanoSql.Indexer.Doctor.Checks;

/// <summary>What doctor asks, in the order in which it is told.</summary>
internal static class AllChecks
{
    public static IReadOnlyList<ICheck> Of(Patient patient) =>
    [
        new ServiceCheck(patient), new VersionCheck(patient),
        new DatabaseCheck(patient), new MigrationCheck(patient), new RoleCheck(patient), new ConnectionCheck(patient), new VacuumCheck(patient),
        new StoreCheck(patient), new UploadCheck(patient), new EventCheck(patient),
        new BusCheck(patient), new QueueCheck(patient),
        new DiskCheck(patient), new ClockCheck(patient), new ModelCheck(patient), new GpuCheck(patient),
    ];
}
