using Npgsql;
using NpgsqlTypes;

namespace ThanoSql.Benchmarks.Similarity;

/// <summary>The catalog with the vectors of a file: row n is content n + 1 of trunk 1. And some of them as plain SQL would have them.</summary>
internal sealed class SimilarDatabase : IAsyncDisposable
{
    public const int Trunk = 1;
    public const int PlainRows = 5000;

    private const string Plain = """
        SELECT p.content_id FROM plain p CROSS JOIN LATERAL (
            SELECT sum(a * b) AS dot, sqrt(sum(a * a)) AS length FROM unnest(p.vector, $1::real[]) AS v (a, b)) AS c
        ORDER BY c.dot / c.length DESC, p.content_id LIMIT 20
        """;

    private readonly OwnedDatabase _database;

    private SimilarDatabase(OwnedDatabase database) => _database = database;

    public NpgsqlDataSource Source => _database.Owner;

    public static async Task<SimilarDatabase> CreateAsync(VectorFile vectors, CancellationToken cancellationToken)
    {
        var database = new SimilarDatabase(await OwnedDatabase.CreateAsync("similar", cancellationToken));
        await database.ExecuteAsync(
            $"""
             INSERT INTO thanosql.trunk (key, variant, weights_sha256, preprocessing, dimensions, origin)
                 VALUES ('t', 'ConvNeXt_Tiny', 'x', '224/256/rgb', {vectors.Dimensions}, 'random');
             INSERT INTO thanosql.content (sha256) SELECT sha256(n::text::bytea) FROM generate_series(1, {vectors.Count}) n;
             CREATE TABLE plain (content_id bigint PRIMARY KEY, vector real[] NOT NULL);
             """,
            cancellationToken);
        await database.EmbedAsync(vectors, cancellationToken);
        await database.ExecuteAsync("VACUUM ANALYZE", cancellationToken);
        return database;
    }

    /// <summary>PostgreSQL's own way over <see cref="PlainRows"/> rows.</summary>
    public async Task PlainAsync(float[] asked, CancellationToken cancellationToken)
    {
        await using var command = Source.CreateCommand(Plain);
        command.Parameters.Add(new NpgsqlParameter { Value = asked });
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
            rows.GetInt64(0);
    }

    /// <summary>Commits a new content with its embedding.</summary>
    public async Task<long> AddAsync(byte[] vector, CancellationToken cancellationToken)
    {
        await using var command = Source.CreateCommand(
            """
            WITH c AS (INSERT INTO thanosql.content (sha256) VALUES (sha256(gen_random_uuid()::text::bytea)) RETURNING content_id)
            INSERT INTO thanosql.embedding (trunk_id, content_id, vector) SELECT $1, content_id, $2 FROM c RETURNING content_id
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = Trunk });
        command.Parameters.Add(new NpgsqlParameter { Value = vector });
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private async Task EmbedAsync(VectorFile vectors, CancellationToken cancellationToken)
    {
        await using var connection = await Source.OpenConnectionAsync(cancellationToken);
        await using (var copy = await connection.BeginBinaryImportAsync(
            "COPY thanosql.embedding (trunk_id, content_id, view, vector) FROM STDIN BINARY", cancellationToken))
        {
            var content = 0L;
            foreach (var row in vectors.Rows())
            {
                await copy.StartRowAsync(cancellationToken);
                await copy.WriteAsync(Trunk, NpgsqlDbType.Integer, cancellationToken);
                await copy.WriteAsync(++content, NpgsqlDbType.Bigint, cancellationToken);
                await copy.WriteAsync((short)0, NpgsqlDbType.Smallint, cancellationToken);
                await copy.WriteAsync(row, NpgsqlDbType.Bytea, cancellationToken);
            }
            await copy.CompleteAsync(cancellationToken);
        }
        await using var plain = await connection.BeginBinaryImportAsync("COPY plain FROM STDIN BINARY", cancellationToken);
        foreach (var (row, content) in vectors.Rows().Take(PlainRows).Select((r, i) => (Embedding.Similarity.HalfVector.ToFloats(r), i + 1L)))
        {
            await plain.StartRowAsync(cancellationToken);
            await plain.WriteAsync(content, NpgsqlDbType.Bigint, cancellationToken);
            await plain.WriteAsync(row, NpgsqlDbType.Array | NpgsqlDbType.Real, cancellationToken);
        }
        await plain.CompleteAsync(cancellationToken);
    }

    private async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = Source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
