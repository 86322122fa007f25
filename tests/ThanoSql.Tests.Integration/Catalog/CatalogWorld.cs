using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Images;
using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Tables;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Vision.Heads;

namespace ThanoSql.Tests.Integration.Catalog;

/// <summary>A migrated catalog, and short ways to put things into it.</summary>
internal sealed class CatalogWorld(NpgsqlDataSource database, TableSessions sessions) : IAsyncDisposable
{
    public static readonly string[] Labels = ["과일", "채소"];

    public NpgsqlDataSource Database => database;

    public PipelineTables Tables { get; } = new(database, sessions, new Workspace("workspace"), NullLogger<PipelineTables>.Instance);

    public ImageIntake Intake { get; } = new(database);

    public PipelineCatalog Registry => new(database, Tables);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<CatalogWorld> CreateAsync(PostgresServer server)
    {
        // The test server's user may be called like our schema, which PostgreSQL would look into first
        var settings = new NpgsqlConnectionStringBuilder(server.ConnectionString) { SearchPath = "public" };
        var database = NpgsqlDataSource.Create(settings.ConnectionString);
        await new Migrator(database, NullLogger<Migrator>.Instance).RunAsync(Cancellation);
        return new CatalogWorld(database, server.Sessions);
    }

    public static PipelineDefinition Pipeline(string name, string table, string model) =>
        new() { Name = name, Prefix = $"{name}/", Table = table, Model = new PipelineModel { Name = model } };

    /// <summary>A model whose first version is current. Its thresholds are 0.5 for 과일 and 0.9 for 채소.</summary>
    public async Task<ModelVersion> ModelAsync(string name)
    {
        await using var connection = await database.OpenConnectionAsync(Cancellation);
        await using var transaction = await connection.BeginTransactionAsync(Cancellation);
        var trunk = await connection.Command(
            """
            INSERT INTO thanosql.trunk (key, variant, weights_sha256, preprocessing, dimensions, origin) VALUES ('k', 'atto', 'x', 'p', 4, 'random')
            ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING trunk_id
            """).ScalarAsync<int>(Cancellation);
        var model = await ModelCatalog.EnsureAsync(
            connection, new ModelTraits(name, "ConvNeXt_Tiny", "image_path", "label", ModelDialect.New), Cancellation);
        var head = new Head(Labels, new float[8], new float[2], [0.5f, 0.9f]);
        var version = await VersionCatalog.AddAsync(
            connection, model, new NewVersion(trunk, Labels, head.ToBytes(), "{}", "SELECT 1", "{}", ""), Cancellation);
        await EmptyPartition.CreateAsync(database, version.VersionId, Cancellation);
        await connection.Command("UPDATE thanosql.model SET current_version_id = $2 WHERE model_id = $1", model, version.VersionId)
            .RunAsync(Cancellation);
        await transaction.CommitAsync(Cancellation);
        return version;
    }

    /// <summary>Another version of a model, not in service, which says the same of every known picture.</summary>
    public async Task<ModelVersion> VersionAsync(string model, string keyword = "채소")
    {
        await using var connection = await database.OpenConnectionAsync(Cancellation);
        var (id, trunk) = (await connection.Command(
            """
            SELECT m.model_id, v.trunk_id FROM thanosql.model m JOIN thanosql.model_version v ON v.version_id = m.current_version_id
            WHERE m.name = $1
            """,
            model).ListAsync<(int, int)>(Cancellation)).Single();
        var head = new Head(Labels, new float[8], new float[2], [0.5f, 0.5f]);
        var version = await VersionCatalog.AddAsync(
            connection, id, new NewVersion(trunk, Labels, head.ToBytes(), "{}", "SELECT 1", "{}", ""), Cancellation);
        await EmptyPartition.CreateAsync(database, version.VersionId, Cancellation);
        await connection.Command(
            """
            INSERT INTO thanosql.keyword (version_id, content_id, rank, keyword, score)
            SELECT $1, content_id, 1, $2, 0.9 FROM thanosql.content
            """,
            version.VersionId, keyword).RunAsync(Cancellation);
        return version;
    }

    /// <summary>An image that was looked at, with the answer of a version.</summary>
    public async Task<long> IndexedAsync(string key, ModelVersion version, string keyword, float score)
    {
        await using var connection = await database.OpenConnectionAsync(Cancellation);
        var content = (await ContentLedger.EnsureAsync(connection, [SHA256.HashData(Encoding.UTF8.GetBytes(key + keyword))], Cancellation))[0];
        await connection.Command(
            "INSERT INTO thanosql.keyword (version_id, content_id, rank, keyword, score) VALUES ($1, $2, 1, $3, $4) ON CONFLICT DO NOTHING",
            version.VersionId, content, keyword, score).RunAsync(Cancellation);
        return await connection.Command(
            """
            INSERT INTO thanosql.image (bucket, key, state, etag, size, content_id) VALUES ('workspace', $1, 'indexed', 'e', 1, $2)
            ON CONFLICT (bucket, key) DO UPDATE SET state = 'indexed', content_id = excluded.content_id RETURNING image_id
            """,
            key, content).ScalarAsync<long>(Cancellation);
    }

    public ValueTask DisposeAsync() => database.DisposeAsync();

    public Task SqlAsync(string sql) => database.Command(sql).RunAsync(Cancellation);

    public Task<T?> ScalarAsync<T>(string sql) => database.Command(sql).ScalarAsync<T>(Cancellation);

    /// <summary>Rows as texts: columns by '|', NULL as nothing.</summary>
    public Task<List<string>> RowsAsync(string sql) => database.Command(sql).ListAsync(
        r => string.Join('|', Enumerable.Range(0, r.FieldCount).Select(i => r.IsDBNull(i) ? "" : FormattableString.Invariant($"{r.GetValue(i)}"))),
        Cancellation);
}
