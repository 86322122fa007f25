using ThanoSql.Catalog.Examinations;

namespace ThanoSql.Indexer.Doctor.Checks;

/// <summary>Connections are left, of the server and of the owner's own limit.</summary>
internal sealed class ConnectionCheck(Patient patient) : DatabaseQuestion(patient)
{
    private const double FewShare = 0.1;

    public override string Name => "connections";

    protected override async Task<Finding> AskAsync(NpgsqlDataSource database, CancellationToken cancellationToken) =>
        Judge(await new ServerExamination(database).ConnectionsAsync(cancellationToken));

    internal static Finding Judge(ConnectionFacts facts) => Finding.Worst(
    [
        Judge(facts.Used, facts.Most, "the server's", "Raise max_connections, or give the services smaller pools (docs/http.md, limits)."),
        facts.OwnMost < 0
            ? Finding.Skipped("database and owner have no limit of their own")
            : Judge(facts.OwnUsed, facts.OwnMost, "this database's", "Raise CONNECTION LIMIT of the database or of its owner."),
    ]);

    private static Finding Judge(int used, int most, string whose, string advice)
    {
        var seen = $"{used} of {whose} {most} connections are in use";
        return used >= most ? Finding.Failed(seen, advice)
            : most - used < most * FewShare ? Finding.Warning(seen, advice)
            : Finding.Ok(seen);
    }
}
