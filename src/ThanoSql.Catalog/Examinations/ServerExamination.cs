namespace ThanoSql.Catalog.Examinations;

/// <summary>What a database server says of itself.</summary>
/// <param name="Version">Such as <c>15.14 (Debian 15.14-0+deb12u1)</c>.</param>
/// <param name="VersionNumber">Such as 150014.</param>
/// <param name="ReadsOnly">It is a standby, or takes no writes for another reason.</param>
public sealed record ServerFacts(string Version, int VersionNumber, bool ReadsOnly);

/// <summary>Connections of the whole server, and of this installation's owner where it has a limit.</summary>
/// <param name="Most">That ordinary roles may have together.</param>
/// <param name="Used">By all databases.</param>
/// <param name="OwnMost">The lower of the limits of database and role; -1 for none.</param>
/// <param name="OwnUsed">Of this database.</param>
public sealed record ConnectionFacts(int Most, int Used, int OwnMost, int OwnUsed);

/// <summary>How far vacuum is behind.</summary>
/// <param name="Age">Transactions since the oldest row that is not frozen; PostgreSQL takes no more writes near 2,147,000,000.</param>
/// <param name="IsVacuuming">Whether autovacuum is on.</param>
/// <param name="Bloated">The table with the most dead rows of those that have more dead rows than others, if one has many.</param>
/// <param name="Dead">Its dead rows.</param>
/// <param name="Live">Its others.</param>
/// <param name="OldestSeconds">Of the longest transaction that may be seen; vacuum removes nothing that is younger.</param>
public sealed record VacuumFacts(long Age, bool IsVacuuming, string? Bloated, long Dead, long Live, double OldestSeconds);

/// <summary>A worker that lives.</summary>
/// <param name="Version">Of its program.</param>
/// <param name="Provider"><c>cpu</c> or <c>cuda</c>: where its trunks run.</param>
public sealed record LivingWorker(string Host, string Version, string Provider);

/// <summary>Looks at a database and changes nothing; what needs the migrated catalog says so.</summary>
public sealed class ServerExamination(NpgsqlDataSource database)
{
    private const long ManyDead = 100_000;

    private static readonly string Vacuum = $"""
        SELECT (SELECT greatest(age(datfrozenxid), mxid_age(datminmxid))::bigint
                FROM pg_catalog.pg_database WHERE datname = current_database()) AS age,
               current_setting('autovacuum')::boolean AS is_vacuuming, b.name AS bloated, coalesce(b.dead, 0) AS dead, coalesce(b.live, 0) AS live,
               coalesce((SELECT extract(epoch FROM now() - min(xact_start)) FROM pg_catalog.pg_stat_activity
                         WHERE datname = current_database() AND pid <> pg_backend_pid()), 0)::double precision AS oldest_seconds
        FROM (VALUES (0)) AS one
        LEFT JOIN LATERAL (
            SELECT schemaname || '.' || relname AS name, n_dead_tup AS dead, n_live_tup AS live FROM pg_catalog.pg_stat_user_tables
            WHERE n_dead_tup > {ManyDead} AND n_dead_tup > n_live_tup ORDER BY n_dead_tup DESC LIMIT 1) b ON true
        """;

    public async Task<ServerFacts> ServerAsync(CancellationToken cancellationToken) => (await database.Command(
        """
        SELECT current_setting('server_version') AS version, current_setting('server_version_num')::integer AS version_number,
               current_setting('transaction_read_only')::boolean AS reads_only
        """).ListAsync<ServerFacts>(cancellationToken)).Single();

    /// <summary>An extension's version; null when it is not in this database.</summary>
    public Task<string?> ExtensionAsync(string name, CancellationToken cancellationToken) =>
        database.Command("SELECT extversion FROM pg_catalog.pg_extension WHERE extname = $1", name).ScalarAsync<string>(cancellationToken);

    /// <summary>The server's clock.</summary>
    public Task<DateTime> ClockAsync(CancellationToken cancellationToken) =>
        database.Command("SELECT clock_timestamp()").ScalarAsync<DateTime>(cancellationToken);

    public async Task<ConnectionFacts> ConnectionsAsync(CancellationToken cancellationToken) => (await database.Command(
        """
        SELECT current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer
                   - coalesce(current_setting('reserved_connections', true), '0')::integer AS most,
               (SELECT sum(numbackends) FROM pg_catalog.pg_stat_database)::integer AS used,
               coalesce(least(nullif(d.datconnlimit, -1), nullif(r.rolconnlimit, -1)), -1) AS own_most, s.numbackends AS own_used
        FROM pg_catalog.pg_database d JOIN pg_catalog.pg_stat_database s ON s.datid = d.oid JOIN pg_catalog.pg_roles r ON r.rolname = current_user
        WHERE d.datname = current_database()
        """).ListAsync<ConnectionFacts>(cancellationToken)).Single();

    public async Task<VacuumFacts> VacuumAsync(CancellationToken cancellationToken) =>
        (await database.Command(Vacuum).ListAsync<VacuumFacts>(cancellationToken)).Single();

    /// <summary>The workers that were seen a moment ago; needs the catalog.</summary>
    public Task<List<LivingWorker>> WorkersAsync(CancellationToken cancellationToken) => database.Command(
        "SELECT host, version, provider FROM thanosql.worker WHERE seen_at > now() - $1 ORDER BY started_at", Live.WorkerLedger.Patience)
        .ListAsync<LivingWorker>(cancellationToken);
}
