using System.Collections.Concurrent;
using System.Security.Cryptography;
using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Models;
using ThanoSql.Embedding;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Vision.Heads;

namespace ThanoSql.Tests.Faults.Ledger;

/// <summary>Knows without the index what each version of the model must say of each picture.</summary>
internal sealed class Oracle(NpgsqlDataSource database, EmbeddingSpace space)
{
    public const string Model = "foods";
    private const int Sample = 24;
    private static readonly string[] Labels = ["과일", "채소", "생선"];

    private readonly ConcurrentDictionary<int, (string Hash, Half[] Embedding)> _seen = new();
    private readonly ConcurrentDictionary<int, Head> _versions = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>SHA-256 of a picture's file.</summary>
    public string Hash(int picture) => Seen(picture).Hash;

    public string Keyword(int version, int picture) => Keyword(version, Seen(picture).Embedding);

    public string Keyword(int version, byte[] picture) => Keyword(version, space.Embedder.Embed(picture));

    /// <summary>Adds a version with random weights, about equally fond of each label. The first is in service at once.</summary>
    public async Task AddVersionAsync(int seed)
    {
        var head = RandomHead(seed);
        await using var connection = await database.OpenConnectionAsync(Cancellation);
        await using var transaction = await connection.BeginTransactionAsync(Cancellation);
        var model = await ModelCatalog.EnsureAsync(
            connection, new ModelTraits(Model, "ConvNeXt_Atto", "image_path", "label", ModelDialect.New), Cancellation);
        var version = await VersionCatalog.AddAsync(
            connection, model, new NewVersion(space.TrunkId, Labels, head.ToBytes(), "{}", "SELECT 1", "{}", ""), Cancellation);
        await EmptyPartition.CreateAsync(database, version.VersionId, Cancellation);
        var state = version.Number == 1 ? "current" : "retired";
        await connection.Command("UPDATE thanosql.model_version SET state = $2, promoted_at = now() WHERE version_id = $1", version.VersionId, state)
            .RunAsync(Cancellation);
        if (version.Number == 1)
        {
            await connection.Command("UPDATE thanosql.model SET current_version_id = $2 WHERE model_id = $1", model, version.VersionId)
                .RunAsync(Cancellation);
        }

        await transaction.CommitAsync(Cancellation);
        _versions[version.Number] = head;
    }

    private string Keyword(int version, Half[] embedding) => _versions[version].TopK(embedding, 1)[0].Label;

    private (string Hash, Half[] Embedding) Seen(int picture) => _seen.GetOrAdd(picture, number =>
    {
        var file = Picture.Of(number);
        return (Convert.ToHexString(SHA256.HashData(file)), space.Embedder.Embed(file));
    });

    private Head RandomHead(int seed)
    {
        var random = new Random(seed);
        var size = space.Embedder.Size;
        var weights = Enumerable.Range(0, Labels.Length * size).Select(_ => (float)((random.NextDouble() - 0.5) * 60)).ToArray();
        var bias = Enumerable.Range(0, Labels.Length).Select(label => -Enumerable.Range(0, Sample).Average(
            picture => Enumerable.Range(0, size).Sum(i => weights[(label * size) + i] * (float)Seen(picture).Embedding[i]))).ToArray();
        return new Head(Labels, weights, bias, new float[Labels.Length]);
    }
}
