using ThanoSql.Catalog.Examinations;

namespace ThanoSql.Indexer.Doctor.Checks;

/// <summary>The database is where this program expects it.</summary>
internal sealed class MigrationCheck(Patient patient) : DatabaseQuestion(patient)
{
    public override string Name => "migrations";

    protected override async Task<Finding> AskAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        var facts = await new CatalogExamination(database).MigrationsAsync(cancellationToken);
        return facts switch
        {
            { Newest: 0 } => Finding.Warning("the database has no catalog yet", "Start a role of this release: it makes the catalog."),
            { Ahead: > 1 } => Finding.Failed(
                $"the database is at migration {facts.Newest:0000}, {facts.Ahead} ahead of this program, which would not start",
                "Install the newer release here, or restore a backup."),
            { Ahead: 1 } => Finding.Warning($"a newer release ran migration {facts.Newest:0000}", "Update this program soon."),
            { Pending: > 0 } => Finding.Warning(
                $"{facts.Pending} migrations of this release have not run; the newest is {facts.Newest:0000}",
                "Restart the services with this release: the first one runs them."),
            _ => Finding.Ok($"at {facts.Newest:0000}, the newest of this release"),
        };
    }
}
