using System.Net.Sockets;
using ThanoSql.Catalog.Examinations;
using ThanoSql.Embedding.Similarity;

namespace ThanoSql.Indexer.Doctor.Checks;

/// <summary>The database answers, takes writes, is new enough, and has the extensions that the configuration wants.</summary>
internal sealed class DatabaseCheck(Patient patient) : ICheck
{
    private const int Oldest = 150_000; // see docs/http.md

    public string Name => "database";

    public async Task<Finding> RunAsync(CancellationToken cancellationToken)
    {
        if (patient.ConnectionString is null)
            return Finding.Skipped($"the embedded PostgreSQL of {patient.Home} does not run: it does while thanosql up does");
        try
        {
            await using var database = patient.Connect();
            var examination = new ServerExamination(database);
            var server = await examination.ServerAsync(cancellationToken);
            return Judge(server) ?? await ExtensionAsync(examination, cancellationToken)
                ?? Finding.Ok($"PostgreSQL {server.Version} at {Place()}");
        }
        catch (NpgsqlException refused)
        {
            return Finding.Failed($"{Place()}: {DatabaseTrouble.Describe(refused)}", Advice(refused));
        }
        catch (ArgumentException wrong)
        {
            return Finding.Failed(
                $"Database:ConnectionString cannot be read ({wrong.Message})", "Write it as Host=…;Database=…;Username=…;Password=….");
        }
    }

    private static Finding? Judge(ServerFacts server)
    {
        if (server.VersionNumber < Oldest)
            return Finding.Failed($"PostgreSQL {server.Version}", "Update it to PostgreSQL 15 or later.");
        return server.ReadsOnly
            ? Finding.Failed(
                $"PostgreSQL {server.Version} takes no writes",
                "Connect to the primary server (Database:ConnectionString), or end default_transaction_read_only.")
            : null;
    }

    private async Task<Finding?> ExtensionAsync(ServerExamination examination, CancellationToken cancellationToken)
    {
        var wanted = patient.Configuration.GetSection(SimilarityOptions.Section).Get<SimilarityOptions>()?.Similarity;
        return wanted == SimilaritySearch.Pgvector && await examination.ExtensionAsync("vector", cancellationToken) is null
            ? Finding.Failed(
                "the extension vector is not there, and Search:Similarity is pgvector",
                "As a superuser: CREATE EXTENSION vector; or set Search:Similarity to builtin.")
            : null;
    }

    private string Place()
    {
        var address = new NpgsqlConnectionStringBuilder(patient.ConnectionString);
        return $"{address.Host}:{address.Port}/{address.Database}";
    }

    private static string Advice(NpgsqlException refused) => refused switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword } =>
            "Set the owner's right password in Database:ConnectionString (ALTER ROLE … PASSWORD gives it another).",
        PostgresException { SqlState: PostgresErrorCodes.InvalidAuthorizationSpecification } =>
            "Let pg_hba.conf admit this user from this machine, and look whether the role exists.",
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } => "Make the database, or name another in Database:ConnectionString.",
        PostgresException { SqlState: PostgresErrorCodes.TooManyConnections } => "Raise max_connections, or end sessions that nobody needs.",
        { InnerException: SocketException or TimeoutException } =>
            "Start PostgreSQL, or mend Database:ConnectionString or the network in between.",
        _ => "Look at PostgreSQL's own log.",
    };
}
