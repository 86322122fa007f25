using System.Reflection;

namespace ThanoSql.Catalog;

/// <summary>
/// Brings the schema <c>thanosql</c> up to date: numbered SQL files, forward only, each once, in one transaction each, under an advisory lock.
/// </summary>
public sealed partial class Migrator(NpgsqlDataSource database, ILogger<Migrator> logger)
{
    private const long LockKey = 0x5468616E6F53516C; // "ThanoSql"

    /// <summary>A query that a migrated database answers.</summary>
    public const string Probe = "SELECT count(*) FROM thanosql.migration";

    private const string Ledger = """
        CREATE SCHEMA IF NOT EXISTS thanosql;
        CREATE TABLE IF NOT EXISTS thanosql.migration (number integer PRIMARY KEY, name text NOT NULL, ran_at timestamptz NOT NULL DEFAULT now());
        """;

    /// <summary>
    /// Runs the migrations that this database has not seen, in order, also below the newest that it has: a branch may be merged late.
    /// </summary>
    /// <returns>How many ran.</returns>
    /// <exception cref="CatalogException">The database was migrated by a newer release than this one knows (more than one step ahead).</exception>
    public Task<int> RunAsync(CancellationToken cancellationToken) => RunAsync(Migration.All(), cancellationToken);

    /// <param name="known">By number.</param>
    /// <param name="cancellationToken">Leaves the ones that ran.</param>
    internal async Task<int> RunAsync(IReadOnlyList<Migration> known, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.Command($"SELECT pg_advisory_lock({LockKey})").RunAsync(cancellationToken);
        try
        {
            await connection.Command(Ledger).RunAsync(cancellationToken);
            var done = await DoneAsync(connection, cancellationToken);
            RefuseFuture(done, known);
            if (await AheadAsync(connection, known, cancellationToken) is { } ahead)
                LogAhead(ahead);
            var due = known.Where(m => !done.Contains(m.Number)).ToList();
            foreach (var migration in due)
                await ApplyAsync(connection, migration, cancellationToken);
            return due.Count;
        }
        finally
        {
            await connection.Command($"SELECT pg_advisory_unlock({LockKey})").RunAsync(CancellationToken.None);
        }
    }

    /// <summary>The numbers of the migrations that a database has seen; none where there is no catalog yet.</summary>
    /// <param name="connection">To it, of anybody who may read the catalog.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public static async Task<IReadOnlyList<int>> RanAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await connection.Command("SELECT pg_catalog.to_regclass('thanosql.migration') IS NOT NULL").ScalarAsync<bool>(cancellationToken)
            ? await DoneAsync(connection, cancellationToken)
            : [];

    /// <summary>For whoever is about to change a database, before the first change.</summary>
    /// <param name="ran">What <see cref="RanAsync"/> says of it.</param>
    /// <exception cref="CatalogException">A newer release migrated it by more than one step.</exception>
    public static void RefuseFuture(IEnumerable<int> ran) => RefuseFuture(ran, Migration.All());

    // One step is allowed: the previous release's worker may run beside the new one. Also one below our newest is unknown: releases fill gaps.
    private static void RefuseFuture(IEnumerable<int> ran, IReadOnlyList<Migration> known)
    {
        var unknown = ran.Except(known.Select(m => m.Number)).ToList();
        if (unknown.Count > 1)
        {
            throw new CatalogException(
                $"The database is at migration {unknown.Max()}, this release at {known[^1].Number}: a newer one ran {unknown.Count} migrations that "
                + "this one does not know, and it may work beside one such at most. Nothing was changed. Start the newer release again, or restore "
                + "a backup from before the update.");
        }
    }

    private async Task ApplyAsync(NpgsqlConnection connection, Migration migration, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        try
        {
            await connection.Command(migration.Sql).RunAsync(cancellationToken);
        }
        catch (PostgresException held) when (held.SqlState is PostgresErrorCodes.DependentObjectsStillExist or PostgresErrorCodes.FeatureNotSupported)
        {
            await transaction.RollbackAsync(cancellationToken);
            if (await DependentsAsync(connection, cancellationToken) is not { Length: > 0 } dependents)
                throw;
            throw new CatalogException(
                $"Migration {migration.Number} ({migration.Name}) cannot replace what others built on: {held.Detail ?? held.MessageText}. "
                + $"Views of others over schema thanosql: {dependents}. Drop those, start again, and make them anew.",
                held);
        }
        await connection.Command("INSERT INTO thanosql.migration (number, name) VALUES ($1, $2)", migration.Number, migration.Name)
            .RunAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        LogApplied(migration.Number, migration.Name);
    }

    /// <summary>Views outside the schema that read what is in it, with their owners.</summary>
    private static Task<string?> DependentsAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => connection.Command(
        """
        SELECT string_agg(DISTINCT v.oid::regclass || ' (of ' || v.relowner::regrole || ')', ', ')
        FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid JOIN pg_class v ON v.oid = r.ev_class JOIN pg_class o ON o.oid = d.refobjid
        WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
          AND o.relnamespace = 'thanosql'::regnamespace AND v.relnamespace <> o.relnamespace
        """).ScalarAsync<string>(cancellationToken);

    /// <summary>The migration that a newer release ran and this one does not know, as <c>0091 name</c>; null when there is none.</summary>
    /// <param name="database">That is migrated.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public static async Task<string?> AheadAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(database);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await AheadAsync(connection, Migration.All(), cancellationToken);
    }

    private static Task<string?> AheadAsync(NpgsqlConnection connection, IReadOnlyList<Migration> known, CancellationToken cancellationToken) =>
        connection.Command(
            "SELECT lpad(number::text, 4, '0') || ' ' || name FROM thanosql.migration WHERE number <> ALL ($1) ORDER BY number DESC LIMIT 1",
            known.Select(m => m.Number).ToArray()).ScalarAsync<string>(cancellationToken);

    private static Task<List<int>> DoneAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        connection.Command("SELECT number FROM thanosql.migration").ListAsync<int>(cancellationToken);

    [LoggerMessage(Level = LogLevel.Information, Message = "Migration {Number} ({Name}) applied")]
    private partial void LogApplied(int number, string name);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The database is ahead: a newer release ran migration {Migration}, which this one does not know. Update this process soon.")]
    private partial void LogAhead(string migration);

    internal sealed record Migration(int Number, string Name, string Sql)
    {
        private static readonly Assembly Home = typeof(Migrator).Assembly;

        /// <summary>The embedded files <c>Migrations/0001_name.sql</c>, in order.</summary>
        public static List<Migration> All() =>
            [.. Home.GetManifestResourceNames().Where(n => n.Contains(".Migrations.", StringComparison.Ordinal)).Select(Read).OrderBy(m => m.Number)];

        private static Migration Read(string resource)
        {
            var file = resource.Split('.')[^2];
            using var reader = new StreamReader(Home.GetManifestResourceStream(resource)!);
            return new Migration(int.Parse(file.AsSpan(0, 4), CultureInfo.InvariantCulture), file[5..], reader.ReadToEnd());
        }
    }
}
