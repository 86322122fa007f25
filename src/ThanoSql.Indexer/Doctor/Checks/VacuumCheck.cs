using ThanoSql.Catalog.Examinations;

namespace ThanoSql.Indexer.Doctor.Checks;

/// <summary>Vacuum keeps up: with transaction ids, which run out near 2.1 billion, and with dead rows.</summary>
internal sealed class VacuumCheck(Patient patient) : DatabaseQuestion(patient)
{
    // Autovacuum begins at 200 million and gives up its manners at 1.6 billion (autovacuum_freeze_max_age, vacuum_failsafe_age)
    private const long OldAge = 1_000_000_000;
    private const long HighAge = 1_600_000_000;
    private const double LongSeconds = 3600;

    public override string Name => "vacuum";

    protected override async Task<Finding> AskAsync(NpgsqlDataSource database, CancellationToken cancellationToken) =>
        Judge(await new ServerExamination(database).VacuumAsync(cancellationToken));

    internal static Finding Judge(VacuumFacts facts)
    {
        var age = string.Create(CultureInfo.InvariantCulture, $"the oldest transaction id is {facts.Age:N0} old");
        List<Finding> findings = [Finding.Ok(age)];
        if (facts.Age > OldAge)
        {
            const string advice = "Run VACUUM (FREEZE) in this database, and end old transactions and replication slots that keep it from working.";
            findings.Add(facts.Age > HighAge ? Finding.Failed(age, advice) : Finding.Warning(age, advice));
        }
        if (!facts.IsVacuuming)
            findings.Add(Finding.Warning("autovacuum is off", "Set autovacuum = on."));
        if (facts.Bloated is { } table)
        {
            findings.Add(Finding.Warning(
                string.Create(CultureInfo.InvariantCulture, $"{table} has {facts.Dead:N0} dead rows beside {facts.Live:N0} others"),
                $"Run VACUUM {table}, and look why autovacuum does not: a setting of the table, or an old transaction."));
        }
        if (facts.OldestSeconds > LongSeconds)
        {
            findings.Add(Finding.Warning(
                string.Create(CultureInfo.InvariantCulture, $"a transaction is open for {facts.OldestSeconds / 60:0} minutes"),
                "End it (pg_stat_activity, pg_terminate_backend): vacuum removes nothing that is younger."));
        }
        return Finding.Worst(findings);
    }
}
