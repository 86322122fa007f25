using System.Security.Cryptography;
using Npgsql;

namespace ThanoSql.Tests.Integration.Query.Escapes;

/// <summary>What an escape could have changed, as a superuser sees it: line by line, so that a difference names its place.</summary>
internal static class Fingerprint
{
    private const string Server = """
        SELECT part || ': ' || coalesce(sum, '') FROM (VALUES
            ('roles', (SELECT md5(string_agg(a::text, ',' ORDER BY a.oid)) FROM pg_authid a WHERE a.rolname NOT LIKE 'thanosql_test_%'
                OR a.rolname LIKE current_database() || '_%' AND a.rolname !~ '_door[0-9]+$')),
            ('memberships', (SELECT md5(string_agg(m.roleid || ' ' || m.member, ',' ORDER BY m.roleid, m.member)) FROM pg_auth_members m
                JOIN pg_roles r ON r.oid = m.member WHERE r.rolname NOT LIKE 'thanosql_test_%'
                OR r.rolname LIKE current_database() || '_%' AND r.rolname !~ '_door[0-9]+$')),
            ('role settings', (SELECT md5(string_agg(s::text, ',' ORDER BY s::text)) FROM pg_db_role_setting s
                LEFT JOIN pg_roles r ON r.oid = s.setrole
                WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
                AND (r.rolname IS NULL OR r.rolname NOT LIKE 'thanosql_test_%' -- of another test on the same server
                    OR r.rolname LIKE current_database() || '_%' AND r.rolname !~ '_door[0-9]+$'))),
            ('database', (SELECT datdba || datacl::text FROM pg_database WHERE datname = current_database())),
            ('server files', md5(pg_read_file('postgresql.auto.conf'))),
            ('functions', (SELECT sum(hashtextextended(p::text, 0))::text FROM pg_proc p)),
            ('casts, operators', (SELECT count(*) FROM pg_cast) || ' ' || (SELECT count(*) FROM pg_operator) || ' '
                || (SELECT count(*) FROM pg_opclass) || ' ' || (SELECT count(*) FROM pg_conversion) || ' '
                || (SELECT count(*) FROM pg_ts_config) || ' '
                || (SELECT count(*) FROM pg_ts_dict) || ' ' || (SELECT count(*) FROM pg_am) || ' ' || (SELECT count(*) FROM pg_aggregate) || ' '
                || (SELECT count(*) FROM pg_statistic_ext)),
            ('triggers', (SELECT md5(string_agg(t.tgrelid::regclass::text || t.tgname || t.tgenabled::text, ',' ORDER BY t.oid)) FROM pg_trigger t)),
            ('event triggers, policies', (SELECT count(*) FROM pg_event_trigger) || ' ' || (SELECT count(*) FROM pg_policy)),
            ('languages, extensions', (SELECT md5(string_agg(l::text, ',')) FROM pg_language l) || (SELECT count(*) FROM pg_extension)
                || ' ' || (SELECT count(*) FROM pg_foreign_data_wrapper) || ' ' || (SELECT count(*) FROM pg_foreign_server)),
            ('publications', (SELECT count(*) FROM pg_publication) || ' ' || (SELECT count(*) FROM pg_subscription) || ' '
                || (SELECT count(*) FROM pg_replication_slots) || ' ' || (SELECT count(*) FROM pg_prepared_xacts)),
            ('tablespaces, databases', (SELECT count(*) FROM pg_tablespace) || ' ' || (SELECT count(*) FROM pg_database WHERE datname = 'mine')),
            ('schemas', (SELECT md5(string_agg(n.nspname || n.nspowner || coalesce(n.nspacl::text, ''), ',' ORDER BY n.nspname))
                FROM pg_namespace n WHERE n.nspname !~ '^pg_(toast_)?temp')),
            ('default rights', (SELECT md5(string_agg(d::text, ',' ORDER BY d.oid)) FROM pg_default_acl d)),
            ('objects', (SELECT string_agg(c.relname || c.relowner || coalesce(c.relacl::text, ''), ',' ORDER BY c.relname) FROM pg_class c
                WHERE c.relnamespace IN ('public'::regnamespace, 'shop'::regnamespace) AND c.relkind NOT IN ('i', 't'))),
            ('catalog', (SELECT md5(string_agg(c.relname || c.relowner || c.relkind::text || coalesce(c.relacl::text, '')
                || coalesce(c.reloptions::text, ''), ',' ORDER BY c.relname)) FROM pg_class c WHERE c.relnamespace IN ('thanosql'::regnamespace,
                'thanosql_tables'::regnamespace, 'thanosql_logins'::regnamespace))),
            ('views', (SELECT md5(string_agg(pg_get_viewdef(c.oid), ',' ORDER BY c.oid)) FROM pg_class c
                WHERE c.relnamespace = 'thanosql'::regnamespace AND c.relkind = 'v')),
            ('types', (SELECT count(*) FROM pg_type WHERE typtype IN ('d', 'e', 'r') OR typtype = 'p')::text),
            ('comments', (SELECT count(*) FROM pg_description WHERE classoid <> 'pg_proc'::regclass)::text),
            ('large objects', (SELECT count(*) FROM pg_largeobject_metadata)::text),
            ('user locks', (SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory'
                AND a.datname = current_database() AND a.usename ~ '_(query|write)$')::text),
            ('tokens', (SELECT md5(string_agg(t.token_id || t.name || t.sha256::text || t.scopes::text || t.tables::text || t.prefixes::text
                || t.origins::text || coalesce(t.per_minute, 0) || coalesce(t.revoked_at::text, '')
                || coalesce(t.expires_at::text, ''), ',' ORDER BY t.token_id)) FROM thanosql.token t)),
            ('link keys', (SELECT md5(string_agg(k.key_id || k.secret, ',' ORDER BY k.key_id)) FROM thanosql.link_key k)),
            ('settings', (SELECT md5(string_agg(s.name || s.value, ',' ORDER BY s.name)) FROM thanosql.setting s)),
            ('models', (SELECT md5(string_agg(m.name || coalesce(m.current_version_id::text, ''), ',' ORDER BY m.name)) FROM thanosql.model m)),
            ('versions', (SELECT md5(string_agg(v.version_id || v.state || v.labels::text || md5(v.head), ',' ORDER BY v.version_id))
                FROM thanosql.model_version v)),
            ('labels', (SELECT md5(string_agg(l.bucket || l.key || l.label || l.labelled_by, ',' ORDER BY l.bucket, l.key)) FROM thanosql.label l)),
            ('pipelines', (SELECT md5(string_agg(p.name || p.definition::text, ',' ORDER BY p.name)) FROM thanosql.pipeline p)),
            ('embeddings', (SELECT count(*) || ' ' || coalesce(sum(hashtextextended(e.vector::text, 0)), 0) FROM thanosql.embedding e)),
            ('secret table', (SELECT md5(string_agg(s.text, ',' ORDER BY s.text)) FROM shop.secret s)),
            ('products', (SELECT md5(string_agg(p.image_path || coalesce(p.price::text, ''), ',' ORDER BY p.image_path)) FROM public.products p))
        ) AS parts (part, sum)
        """;

    public static async Task<IReadOnlyList<string>> TakeAsync(NpgsqlDataSource superuser, string home, string[] stores)
    {
        var lines = new List<string>();
        await using (var command = superuser.CreateCommand(Server))
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
                lines.Add(reader.GetString(0));
        }
        lines.Add($"left in /tmp: {File.Exists("/tmp/thanosql-escaped")}");
        // Everything but what the store itself keeps, where a token may put pictures
        foreach (var file in Directory.EnumerateFiles(home, "*", new EnumerationOptions
        {
            RecurseSubdirectories = true,
            AttributesToSkip = FileAttributes.ReparsePoint
        }))
        {
            if (!stores.Any(s => file.StartsWith(s, StringComparison.Ordinal)))
                lines.Add($"{file}: {Convert.ToHexString(SHA256.HashData(await File.ReadAllBytesAsync(file)))}");
        }
        return lines;
    }
}
