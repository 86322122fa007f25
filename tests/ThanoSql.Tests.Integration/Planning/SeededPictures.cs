using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Npgsql;
using ThanoSql.Catalog.Similarity;
using ThanoSql.Embedding.Similarity;
using ThanoSql.Planning;
using ThanoSql.Planning.Pictures;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Planning;

/// <summary>
/// The seeded catalog with an embedding of two numbers for each image but one: their directions are a clock's hands. Asking with a picture finds its
/// own; looking at <c>v/6.jpg</c> gives it one, and other pictures cannot be read.
/// </summary>
public sealed class SeededPictures(RealServers servers) : IAsyncLifetime
{
    /// <summary>The image that nobody looked at yet.</summary>
    public const string Unseen = "v/6.jpg";

    private static readonly Dictionary<string, float[]> Directions = new()
    {
        ["f/3.jpg"] = [1, 0],
        ["f/1.jpg"] = [0.8f, 0.6f],
        ["v/2.jpg"] = [0, 1],
        ["v/5.jpg"] = [-1, 0],
        ["f/4.jpg"] = [0.6f, 0.8f],
        [Unseen] = [0, -1],
    };

    public SeededCatalog Catalog { get; } = new(servers);

    /// <summary>What was asked to be looked at, in order.</summary>
    public List<string> Looked { get; } = [];

    public async ValueTask InitializeAsync()
    {
        await Catalog.InitializeAsync();
        foreach (var path in Directions.Keys.Where(p => p != Unseen))
            await EmbedAsync(path);
        Catalog.Pictures = None(Catalog.Owner) with { Find = FindAsync, Look = LookAsync };
    }

    public ValueTask DisposeAsync() => Catalog.DisposeAsync();

    public Task<Answer> RunAsync(string text) => Catalog.RunAsync(text);

    /// <summary>Takes the embedding of <see cref="Unseen"/> back.</summary>
    public Task ForgetAsync() => Catalog.ExecuteAsync(
        $"DELETE FROM thanosql.embedding WHERE content_id = (SELECT content_id FROM thanosql.image WHERE key = '{Unseen}')");

    /// <summary>Means of a catalog whose pictures no statement asks with.</summary>
    public static PictureMeans None(NpgsqlDataSource owner) => new(
        new PictureCatalog(owner), (_, _, _) => throw new NotSupportedException(), (_, _, _, _) => throw new NotSupportedException(),
        (trunkId, vector, top, among, cancellationToken) => NearestAsync(owner, trunkId, vector, top, among, cancellationToken));

    /// <summary>float32 little-endian.</summary>
    public static float[] Floats(object? bytes) => MemoryMarshal.Cast<byte, float>((byte[])bytes!).ToArray();

    private static async Task<IReadOnlyList<SimilarContent>> NearestAsync(
        NpgsqlDataSource owner, int trunkId, ReadOnlyMemory<float> vector, int top, IReadOnlyCollection<long>? among, CancellationToken token)
    {
        var all = new List<SimilarContent>();
        await PlainEmbeddings.ReadAsync(
            owner, trunkId,
            (content, stored) => all.Add(new(content, TensorPrimitives.CosineSimilarity(vector.Span, HalfVector.ToFloats(stored)))), token);
        return [.. all.Where(c => among?.Contains(c.ContentId) != false).OrderByDescending(c => c.Similarity).Take(top)];
    }

    private static Task<FoundPicture> FindAsync(string path, int trunkId, CancellationToken cancellationToken) => Task.FromResult(
        Directions.TryGetValue(path, out var direction)
            ? new FoundPicture(direction, null)
            : new FoundPicture(null, new QueryError(ErrorCode.NotFound, $"There is no picture '{path}'.")));

    private async Task LookAsync(int trunkId, IReadOnlyList<string> paths, Action<string> report, CancellationToken cancellationToken)
    {
        Looked.AddRange(paths);
        foreach (var path in paths.Where(Directions.ContainsKey))
            await EmbedAsync(path);
    }

    private async Task EmbedAsync(string path)
    {
        var halves = Directions[path].Select(x => (Half)x).ToArray();
        await using var command = Catalog.Owner.CreateCommand(
            "INSERT INTO thanosql.embedding (trunk_id, content_id, view, vector) SELECT 1, content_id, 0, $2 FROM thanosql.image WHERE key = $1");
        command.Parameters.Add(new NpgsqlParameter { Value = path });
        command.Parameters.Add(new NpgsqlParameter { Value = MemoryMarshal.AsBytes<Half>(halves).ToArray() });
        await command.ExecuteNonQueryAsync();
    }
}
