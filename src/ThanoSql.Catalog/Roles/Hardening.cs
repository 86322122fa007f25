namespace ThanoSql.Catalog.Roles;

/// <summary>
/// What every role may do by default in PostgreSQL and users' SQL should not: large objects, advisory locks, notifications, ending other
/// sessions, sleeping, reading server files and others' statements, and making functions. Rights are taken from PUBLIC in this database
/// only; the owner keeps them.
/// </summary>
public static class Hardening
{
    private const string Functions =
        "^(lo_.*|loread|lowrite|pg_(try_)?advisory_(xact_)?(un)?lock(_shared)?|pg_sleep.*|pg_notify|pg_(terminate|cancel)_backend|pg_read_.*|pg_ls_.*"
        + "|pg_stat_file|pg_file_.*|pg_logical_.*|pg_replication_.*|pg_create_.*|pg_export_snapshot|pg_log_.*"
        + "|pg_stat_get_(activity|backend_.*)|pg_stat_statements.*" // others' statements: the tokens of a scope share a role
        + "|dblink.*|postgres_fdw_.*|pg_prewarm|autoprewarm.*)$";

    // Superusers pass every check, so only another owner needs the right in its own name.
    private const string Missing = """
        WITH closed AS (
            SELECT 'FUNCTION ' || p.oid::regprocedure AS object, 'EXECUTE' AS privilege
            FROM pg_catalog.pg_proc p
            WHERE p.proname ~ $1 AND p.prokind <> 'p' AND pg_catalog.has_function_privilege('public', p.oid, 'EXECUTE')
            UNION ALL
            SELECT 'LANGUAGE ' || pg_catalog.quote_ident(l.lanname), 'USAGE'
            FROM pg_catalog.pg_language l
            WHERE l.lanpltrusted AND pg_catalog.has_language_privilege('public', l.oid, 'USAGE')
        )
        SELECT statement
        FROM closed, LATERAL (VALUES
            (1, pg_catalog.format('GRANT %s ON %s TO %I;', privilege, object, current_user)),
            (2, pg_catalog.format('REVOKE %s ON %s FROM PUBLIC;', privilege, object))) AS s (step, statement)
        WHERE step = 2 OR NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
        ORDER BY object COLLATE "C", step
        """;

    /// <summary>The statements still to be run by a superuser in this database; empty when it is closed.</summary>
    public static async Task<IReadOnlyList<string>> MissingAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await connection.Command(Missing, Functions).ListAsync<string>(cancellationToken);
}
