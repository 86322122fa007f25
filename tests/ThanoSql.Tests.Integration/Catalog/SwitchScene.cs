using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Tables;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Catalog;

/// <summary>
/// A shop's table whose rows were keyed by version 1 of a model (every picture a 사과), and a version 2 that says 배 of every picture.
/// </summary>
internal sealed class SwitchScene
{
    private readonly NpgsqlDataSource _database;

    private SwitchScene(NpgsqlDataSource database, TableSessions sessions, string name) =>
        (_database, Name, Table, Switch) = (database, name, $"{name}_products", new ModelPromotion(sessions, NullLogger<ModelPromotion>.Instance));

    public string Name { get; }

    public string Table { get; }

    public ModelPromotion Switch { get; }

    public ModelVersion First { get; private set; } = null!;

    public ModelVersion Second { get; private set; } = null!;

    public IReadOnlyList<PipelineTable> Tables { get; private set; } = [];

    public static async Task<SwitchScene> CreateAsync(PostgresServer server, string name, int rows, CancellationToken cancellationToken)
    {
        await new Migrator(server.DataSource, NullLogger<Migrator>.Instance).RunAsync(cancellationToken);
        var scene = new SwitchScene(server.DataSource, server.Sessions, name);
        await scene.FillAsync(rows, cancellationToken);
        return scene;
    }

    public Task SwitchToSecondAsync(CancellationToken cancellationToken) => SwitchAsync(Second, cancellationToken);

    public async Task SwitchAsync(ModelVersion version, CancellationToken cancellationToken)
    {
        await Switch.BeginAsync(version, Tables, cancellationToken);
        await Switch.FillTablesAsync(version, Tables, (_, _) => Task.CompletedTask, cancellationToken);
        await Switch.PromoteAsync(version, Tables, new PromotionEffect(VersionState.Retired), cancellationToken);
    }

    public async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = _database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>A table or view of schema public, made by the owner, becomes the users'.</summary>
    public async Task GiveToUsersAsync(string name, CancellationToken cancellationToken) => await ExecuteAsync(
        $"ALTER TABLE public.{name} OWNER TO {await ScalarAsync<string>("SELECT quote_ident(current_database() || '_write')", cancellationToken)}",
        cancellationToken);

    public async Task<T> ScalarAsync<T>(string sql, CancellationToken cancellationToken)
    {
        await using var command = _database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Names and types of the table's columns, by name.</summary>
    public Task<string> ColumnsAsync(CancellationToken cancellationToken) => ScalarAsync<string>(
        "SELECT string_agg(column_name || ' ' || data_type, ',' ORDER BY column_name) FROM information_schema.columns "
        + $"WHERE table_name = '{Table}'", cancellationToken);

    /// <summary>Definitions of the table's indexes, by name.</summary>
    public Task<string> IndexesAsync(CancellationToken cancellationToken) => ScalarAsync<string>(
        $"SELECT string_agg(indexdef, ';' ORDER BY indexname) FROM pg_indexes WHERE tablename = '{Table}'", cancellationToken);

    private async Task FillAsync(int rows, CancellationToken cancellationToken)
    {
        await ExecuteAsync($"""
            INSERT INTO thanosql.trunk (key, variant, weights_sha256, preprocessing, dimensions, origin)
            VALUES ('{Name}', 'atto', 'x', 'x', 1, 'random');
            INSERT INTO thanosql.pipeline (name, bucket, prefix, table_name, model_name, definition, state)
            VALUES ('{Name}', 'workspace', '{Name}/', '{Table}', '{Name}',
                    jsonb_build_object('name', '{Name}', 'table', '{Table}', 'model', jsonb_build_object('name', '{Name}')), 'active');
            INSERT INTO thanosql.content (sha256) SELECT sha256(('{Name}' || n)::bytea) FROM generate_series(1, {rows}) n;
            INSERT INTO thanosql.image (bucket, key, content_id, state, indexed_at)
            SELECT 'workspace', '{Name}/' || n || '.jpg', c.content_id, 'indexed', now()
            FROM generate_series(1, {rows}) n JOIN thanosql.content c ON c.sha256 = sha256(('{Name}' || n)::bytea);
            CREATE TABLE public.{Table} (
                image_path text, price integer NOT NULL, keyword text, keyword_score real, keyword_version integer, keyword_source text);
            INSERT INTO public.{Table} SELECT '{Name}/' || n || '.jpg', n, '사과', 0.9, 1, 'model' FROM generate_series(1, {rows}) n;
            CREATE INDEX {Table}_path ON public.{Table} (image_path);
            CREATE INDEX {Table}_keyword ON public.{Table} (keyword, keyword_score DESC);
            CREATE INDEX {Table}_left ON public.{Table} (image_path) WHERE keyword_source IS NULL;
            CREATE FUNCTION public.{Table}_touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
            GRANT EXECUTE ON FUNCTION public.{Table}_touch() TO PUBLIC;
            CREATE TRIGGER {Table}_touch BEFORE INSERT ON public.{Table} FOR EACH ROW WHEN (NEW.keyword_source IS NULL)
                EXECUTE FUNCTION public.{Table}_touch();
            """, cancellationToken);
        await GiveToUsersAsync(Table, cancellationToken);
        Tables = await ServingTables.OfModelAsync(_database, Name, "workspace", cancellationToken);
        First = await AddVersionAsync("사과", cancellationToken);
        await ExecuteAsync($"UPDATE thanosql.model SET current_version_id = {First.VersionId} WHERE name = '{Name}'", cancellationToken);
        await ExecuteAsync($"UPDATE thanosql.model_version SET state = 'current' WHERE version_id = {First.VersionId}", cancellationToken);
        Second = await AddVersionAsync("배", cancellationToken);
    }

    private async Task<ModelVersion> AddVersionAsync(string keyword, CancellationToken cancellationToken)
    {
        var trunk = await ScalarAsync<int>($"SELECT trunk_id FROM thanosql.trunk WHERE key = '{Name}'", cancellationToken);
        await using var connection = await _database.OpenConnectionAsync(cancellationToken);
        var model = await ModelCatalog.EnsureAsync(
            connection, new ModelTraits(Name, "ConvNeXt_Atto", "image_path", "label", ModelDialect.Old), cancellationToken);
        // Enough of a head for SQL: two thresholds of 0 and the place of its checksum
        var version = await VersionCatalog.AddAsync(
            connection, model, new NewVersion(trunk, ["배", "사과"], new byte[40], "{}", "SELECT 1", "{}", ""), cancellationToken);
        await EmptyPartition.CreateAsync(_database, version.VersionId, cancellationToken);
        await ExecuteAsync($"""
            INSERT INTO thanosql.keyword (version_id, content_id, rank, keyword, score)
            SELECT {version.VersionId}, content_id, 1, '{keyword}', 0.9 FROM thanosql.image WHERE key LIKE '{Name}/%'
            """, cancellationToken);
        return version;
    }
}
