using ThanoSql.Catalog.Examinations;

namespace ThanoSql.Indexer.Doctor.Checks;

/// <summary>The roles that users' SQL runs as can log in, and have their rights and no more.</summary>
internal sealed class RoleCheck(Patient patient) : DatabaseQuestion(patient)
{
    public override string Name => "roles";

    protected override async Task<Finding> AskAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        var examination = new RoleExamination(database);
        if (await examination.TroublesAsync(cancellationToken) is { Count: > 0 } troubles)
        {
            return Finding.Failed(
                string.Join(' ', troubles),
                "Restart a service, which gives each role its password and rights; where that does not help, run thanosql roles as a superuser, "
                    + "and let pg_hba.conf admit these roles.");
        }
        return await examination.OpenAsync(cancellationToken) is { Count: > 0 } open
            ? Finding.Warning(
                $"{open.Count} built-in functions or languages are open to users' SQL that should not be, {open[0]} among them",
                "Run thanosql roles as a superuser again: PostgreSQL was updated, or an extension made.")
            : Finding.Ok("they log in and have their rights");
    }
}
