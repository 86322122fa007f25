namespace ThanoSql.Catalog.Roles;

/// <summary>
/// What the roles may touch. Checked at each start, so new views and restored backups come right; what is right already is not written again.
/// </summary>
internal static class Grants
{
    public static string Script(SqlRole query, SqlRole write, SqlRole tables) => $$"""
        DO $do$
        DECLARE
            query_role constant text := {{query.Literal}};
            write_role constant text := {{write.Literal}};
            reader_role constant text := {{SqlRole.Reader(query.Database).Literal}}; -- query_role and writer_role inherit its rights
            writer_role constant text := {{SqlRole.Writer(query.Database).Literal}}; -- write_role inherits its rights
            tables_role constant text := {{tables.Literal}};
            item record;
        BEGIN
            {{Database}}
            {{Tables}}
            {{Functions}}
            {{Types}}
        END $do$;
        """;

    private const string Database = """
        EXECUTE pg_catalog.format('REVOKE ALL ON SCHEMA thanosql FROM PUBLIC, %I', write_role);
        EXECUTE pg_catalog.format('GRANT USAGE ON SCHEMA thanosql TO %I', reader_role);
        EXECUTE pg_catalog.format('GRANT USAGE, CREATE ON SCHEMA thanosql_tables TO %I', tables_role);
        IF EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'qm' AND pg_catalog.pg_has_role(nspowner, 'USAGE')) THEN
            EXECUTE pg_catalog.format('GRANT USAGE ON SCHEMA qm TO %I', query_role);
            EXECUTE pg_catalog.format('GRANT USAGE, CREATE ON SCHEMA qm TO %I', tables_role);
        END IF;
        ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON ROUTINES FROM PUBLIC;
        EXECUTE pg_catalog.format('ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO %I', reader_role);
        EXECUTE pg_catalog.format('ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT INSERT, UPDATE, DELETE, TRUNCATE ON TABLES TO %I', writer_role);
        EXECUTE pg_catalog.format('ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO %I', writer_role);
        EXECUTE pg_catalog.format(
            'ALTER DEFAULT PRIVILEGES FOR ROLE %I, %I, %I IN SCHEMA public GRANT SELECT ON TABLES TO %I',
            write_role, writer_role, tables_role, reader_role);
        EXECUTE pg_catalog.format(
            'ALTER DEFAULT PRIVILEGES FOR ROLE %I, %I IN SCHEMA public GRANT INSERT, UPDATE, DELETE, TRUNCATE ON TABLES TO %I',
            write_role, tables_role, writer_role);
        EXECUTE pg_catalog.format(
            'ALTER DEFAULT PRIVILEGES FOR ROLE %I, %I IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO %I', write_role, tables_role, writer_role);
        """;

    // Of schema thanosql the views alone; of schema public what the owner or users made: other tables are granted by whoever owns them.
    private const string Tables = """
        FOR item IN
            SELECT c.oid, c.oid::regclass AS name, c.relkind AS kind, n.nspname = 'public' AS is_public
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname IN ('public', 'thanosql') AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND pg_catalog.pg_has_role(c.relowner, 'USAGE')
        LOOP
            IF item.kind = 'S' THEN
                IF item.is_public AND NOT pg_catalog.has_sequence_privilege(writer_role, item.oid, 'USAGE') THEN
                    EXECUTE pg_catalog.format('GRANT USAGE, SELECT ON SEQUENCE %s TO %I', item.name, writer_role);
                END IF;
            ELSIF item.is_public OR item.kind = 'v' THEN
                IF NOT pg_catalog.has_table_privilege(reader_role, item.oid, 'SELECT') THEN
                    EXECUTE pg_catalog.format('GRANT SELECT ON %s TO %I', item.name, reader_role);
                END IF;
                IF item.is_public AND item.kind IN ('r', 'p') AND NOT pg_catalog.has_table_privilege(writer_role, item.oid, 'TRUNCATE') THEN
                    EXECUTE pg_catalog.format('GRANT INSERT, UPDATE, DELETE, TRUNCATE ON %s TO %I', item.name, writer_role);
                END IF;
            ELSIF pg_catalog.has_table_privilege(write_role, item.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER') THEN
                EXECUTE pg_catalog.format(
                    'REVOKE ALL ON %s FROM PUBLIC, %I, %I, %I, %I', item.name, query_role, write_role, reader_role, writer_role);
            END IF;
        END LOOP;
        """;

    // Functions with the owner's rights are for the sessions that touch users' tables, which prove themselves with a pass.
    private const string Functions = """
        FOR item IN
            SELECT p.oid, p.oid::regprocedure AS name,
                   CASE WHEN p.prorettype = 'pg_catalog.trigger'::regtype THEN NULL WHEN p.prosecdef THEN tables_role ELSE reader_role END AS grantee
            FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
            WHERE n.nspname = 'thanosql'
        LOOP
            IF item.grantee IS DISTINCT FROM reader_role AND pg_catalog.has_function_privilege(write_role, item.oid, 'EXECUTE') THEN
                EXECUTE pg_catalog.format(
                    'REVOKE ALL ON ROUTINE %s FROM PUBLIC, %I, %I, %I, %I', item.name, query_role, write_role, reader_role, writer_role);
            END IF;
            IF NOT pg_catalog.has_function_privilege(item.grantee, item.oid, 'EXECUTE') THEN
                EXECUTE pg_catalog.format('GRANT EXECUTE ON ROUTINE %s TO %I', item.name, item.grantee);
            END IF;
        END LOOP;
        """;

    // A table with a column of a catalog table's row type keeps the next migration from altering that table.
    private const string Types = """
        FOR item IN
            SELECT t.oid::regtype AS name
            FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
            WHERE n.nspname = 'thanosql' AND t.typtype IN ('c', 'd', 'e') AND pg_catalog.has_type_privilege(write_role, t.oid, 'USAGE')
              AND pg_catalog.pg_has_role(t.typowner, 'USAGE')
        LOOP
            EXECUTE pg_catalog.format('REVOKE ALL ON TYPE %s FROM PUBLIC', item.name);
        END LOOP;
        """;
}
