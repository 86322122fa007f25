using System.Runtime.InteropServices;
using Npgsql;
using NpgsqlTypes;
using ThanoSql.Catalog.Keywords;
using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Tables;
using ThanoSql.Vision.Heads;

namespace ThanoSql.Benchmarks.Rekeying;

/// <summary>A database with random embeddings, a shop's table keyed by version 1 of a model, and a version 2 that has said nothing yet.</summary>
internal sealed class SeededShop : IAsyncDisposable
{
    public const string Table = "public.products";
    public const int Labels = 100;
    private const int Batch = 10_000;

    private readonly OwnedDatabase _database;
    private readonly RekeyingCase _case;

    private SeededShop(OwnedDatabase database, RekeyingCase seeded) => (_database, _case) = (database, seeded);

    public NpgsqlDataSource Database => _database.Owner;

    public TableSessions Sessions => _database.Sessions;

    public ModelVersion Next { get; private set; } = null!;

    public IReadOnlyList<PipelineTable> Tables { get; private set; } = [];

    public static async Task<SeededShop> CreateAsync(RekeyingCase seeded, CancellationToken cancellationToken)
    {
        var shop = new SeededShop(await OwnedDatabase.CreateAsync("rekeying", cancellationToken), seeded);
        await shop.ExecuteAsync(shop.Catalog(), cancellationToken);
        await shop.EmbedAsync(cancellationToken);
        await shop.KeyAsync(cancellationToken);
        return shop;
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private string Catalog() => $"""
        INSERT INTO thanosql.trunk (key, variant, weights_sha256, preprocessing, dimensions, origin)
            VALUES ('t', 'ConvNeXt_Tiny', 'x', '224/256/rgb', {_case.Dimensions}, 'random');
        INSERT INTO thanosql.pipeline (name, bucket, prefix, table_name, model_name, definition, state)
        VALUES ('shop', 'workspace', 'shop/', 'products', 'shop_model',
                jsonb_build_object('name', 'shop', 'table', 'products', 'model', jsonb_build_object('name', 'shop_model')), 'active');
        INSERT INTO thanosql.content (sha256) SELECT sha256(n::text::bytea) FROM generate_series(1, {_case.Images}) n;
        INSERT INTO thanosql.image (bucket, key, content_id, state, indexed_at)
        SELECT 'workspace', 'shop/' || n || '.jpg', n, 'indexed', now() FROM generate_series(1, {_case.Images}) n;
        """;

    private async Task EmbedAsync(CancellationToken cancellationToken)
    {
        await using var connection = await Database.OpenConnectionAsync(cancellationToken);
        await using var copy = await connection.BeginBinaryImportAsync(
            "COPY thanosql.embedding (trunk_id, content_id, view, vector) FROM STDIN BINARY", cancellationToken);
        var random = new Random(1);
        var vector = new Half[_case.Dimensions];
        for (var content = 1L; content <= _case.Images; content++)
        {
            for (var d = 0; d < vector.Length; d++)
                vector[d] = (Half)(((random.NextDouble() * 2) - 1) / Math.Sqrt(vector.Length / 3.0));
            await copy.StartRowAsync(cancellationToken);
            await copy.WriteAsync(1, NpgsqlDbType.Integer, cancellationToken);
            await copy.WriteAsync(content, NpgsqlDbType.Bigint, cancellationToken);
            await copy.WriteAsync((short)0, NpgsqlDbType.Smallint, cancellationToken);
            await copy.WriteAsync(MemoryMarshal.AsBytes(vector.AsSpan()).ToArray(), NpgsqlDbType.Bytea, cancellationToken);
        }
        await copy.CompleteAsync(cancellationToken);
    }

    /// <summary>Version 1 as it stands after a while in service, by plain SQL; version 2 with a head of random weights.</summary>
    private async Task KeyAsync(CancellationToken cancellationToken)
    {
        var first = await AddVersionAsync(1, cancellationToken);
        await LoadAsync(first.VersionId, cancellationToken);
        await ExecuteAsync($"""
            UPDATE thanosql.model SET current_version_id = {first.VersionId};
            UPDATE thanosql.model_version SET state = 'current', promoted_at = now();
            CREATE TABLE {Table} (
                image_path text, price integer, created_at timestamptz, keyword text, keyword_score real, keyword_version integer,
                keyword_source text);
            INSERT INTO {Table} SELECT i.key, random() * 10000, now() - random() * interval '2 years', k.keyword, k.score, 1, 'model'
                FROM thanosql.image i JOIN thanosql.keyword k USING (content_id) WHERE k.rank = 1;
            CREATE INDEX ON {Table} (image_path);
            CREATE INDEX ON {Table} (keyword, keyword_score DESC);
            CREATE INDEX ON {Table} (image_path) WHERE keyword_source IS NULL AND image_path IS NOT NULL;
            {string.Join('\n', _case.Sorted.Select(column => $"CREATE INDEX ON {Table} (keyword, {column}, image_path);"))}
            ALTER TABLE {Table} OWNER TO {new NpgsqlConnectionStringBuilder(_database.ConnectionString).Database}_write;
            """, cancellationToken);
        await ExecuteAsync("VACUUM ANALYZE", cancellationToken);
        Next = await AddVersionAsync(2, cancellationToken);
        Tables = await ServingTables.OfModelAsync(Database, "shop_model", "workspace", cancellationToken);
    }

    private async Task LoadAsync(long version, CancellationToken cancellationToken)
    {
        await using var load = await KeywordLoad.BeginAsync(Database, version, cancellationToken);
        foreach (var contents in Enumerable.Range(1, _case.Images).Chunk(Batch))
        {
            await load.WriteAsync(
                KeywordRows.Of(version, contents.SelectMany(c => Enumerable.Range(1, 5).Select(
                    rank => new KeywordRow(c, rank, $"label {((c * 7L) + rank) % Labels}", 0.9f - (rank * 0.1f))))), cancellationToken);
        }
        await load.CompleteAsync([], cancellationToken);
    }

    private async Task<ModelVersion> AddVersionAsync(int seed, CancellationToken cancellationToken)
    {
        var random = new Random(seed);
        var head = new Head(
            [.. Enumerable.Range(0, Labels).Select(l => $"label {l}")],
            [.. Enumerable.Range(0, Labels * _case.Dimensions).Select(_ => (float)((random.NextDouble() * 20) - 10))], new float[Labels],
            new float[Labels]);
        await using var connection = await Database.OpenConnectionAsync(cancellationToken);
        var model = await ModelCatalog.EnsureAsync(
            connection, new ModelTraits("shop_model", "ConvNeXt_Tiny", "image_path", "label", ModelDialect.Old), cancellationToken);
        return await VersionCatalog.AddAsync(
            connection, model, new NewVersion(1, head.Labels, head.ToBytes(), "{}", "", "{}", ""), cancellationToken);
    }

    private async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
