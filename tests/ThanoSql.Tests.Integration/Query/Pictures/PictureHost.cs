using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Roles;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Embedding;
using ThanoSql.Storage;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Query.Pictures;

/// <summary>
/// The query service over a folder, with two pipelines: <c>shop</c> keeps its rows, <c>made</c> makes and deletes them. No worker runs.
/// </summary>
public class PictureHost(RealServers servers) : QueryHost(servers)
{
    private const string Shop = """
        name: shop
        prefix: shop/
        table: shop
        model: { name: groups }
        search: { columns: [price, added_at] }
        """;

    private const string Made = """
        name: made
        prefix: made/
        table: made
        rows: create
        on_delete: delete
        model: { name: groups }
        """;

    private const string Waiting = "{ name: later, prefix: later/, table: later, model: { name: unborn } }";

    public virtual string Bucket => "workspace";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await OwnerAsync("""
            CREATE TABLE public.shop (image_path text, price bigint, added_at timestamptz, secret text); CREATE TABLE public.made (image_path text)
            """);
        await ServeModelAsync("groups");
        var version = await OwnerAsync<long>("SELECT max(version_id) FROM thanosql.model_version");
        await EmptyPartition.CreateAsync(Owner, version, CancellationToken.None);
        var definitions = new[] { Shop, Made, Waiting }.Select(yaml => PipelineFile.Parse(yaml, "pipeline.yaml", Bucket));
        await Services.GetRequiredService<PipelineCatalog>().RegisterAsync([.. definitions], CancellationToken.None);
        await Services.GetRequiredService<UserDatabase>().RefreshAsync(CancellationToken.None);
    }

    /// <summary>A picture of the index, as a worker leaves it.</summary>
    /// <param name="key">Where it is.</param>
    /// <param name="content">Pictures of one content are one picture.</param>
    /// <param name="etag">As it was read.</param>
    public Task IndexAsync(string key, string content, string etag = "e1") => OwnerAsync($"""
        INSERT INTO thanosql.content (sha256) VALUES (sha256('{content}')) ON CONFLICT DO NOTHING;
        INSERT INTO thanosql.keyword (version_id, content_id, rank, keyword, score)
        SELECT (SELECT max(version_id) FROM thanosql.model_version), content_id, k.rank, k.keyword, k.score
        FROM thanosql.content, (VALUES (1, '과일', 0.75::real), (2, '채소', 0.25::real)) AS k (rank, keyword, score)
        WHERE sha256 = sha256('{content}') ON CONFLICT DO NOTHING;
        INSERT INTO thanosql.embedding (trunk_id, content_id, vector)
        SELECT (SELECT min(trunk_id) FROM thanosql.trunk), content_id, 'x' FROM thanosql.content WHERE sha256 = sha256('{content}')
        ON CONFLICT DO NOTHING;
        INSERT INTO thanosql.image (bucket, key, state, etag, size, content_id, indexed_at)
        SELECT '{Bucket}', '{key}', 'indexed', '{etag}', 8, content_id, now() FROM thanosql.content WHERE sha256 = sha256('{content}')
        ON CONFLICT (bucket, key) DO UPDATE
        SET state = 'indexed', etag = excluded.etag, size = excluded.size, content_id = excluded.content_id, indexed_at = now();
        """);

    /// <summary>Status, JSON and headers of a request.</summary>
    public async Task<(int Status, JsonElement Body, HttpResponseHeaders Headers)> SendAsync(
        HttpMethod method, string address, TokenScope scope = TokenScope.Write, HttpContent? body = null, string? ifNoneMatch = null)
    {
        using var client = Client(scope);
        using var request = new HttpRequestMessage(method, new Uri(address, UriKind.Relative)) { Content = body };
        if (ifNoneMatch is not null)
            request.Headers.TryAddWithoutValidation("If-None-Match", ifNoneMatch);
        using var reply = await client.SendAsync(request);
        var json = reply.Content.Headers.ContentLength is 0 || reply.StatusCode == System.Net.HttpStatusCode.NoContent
            ? default
            : await reply.Content.ReadFromJsonAsync<JsonElement>();
        return ((int)reply.StatusCode, json, reply.Headers);
    }

    public Task<(int Status, JsonElement Body, HttpResponseHeaders Headers)> PutAsync(
        string address, byte[] picture, string? contentType = "image/png", string? ifNoneMatch = null)
    {
        var body = new ByteArrayContent(picture);
        if (contentType is not null)
            body.Headers.TryAddWithoutValidation("Content-Type", contentType);
        return SendAsync(HttpMethod.Put, $"/api/v1/images/{address}", body: body, ifNoneMatch: ifNoneMatch);
    }

    public Task<ObjectInfo?> StatAsync(string key) => Store.StatAsync(new ObjectPath(Bucket, key), CancellationToken.None);

    public async Task<List<string>> RowsAsync(string sql)
    {
        var rows = new List<string>();
        await using var command = Owner.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? "" : $"{reader.GetValue(i)}")));
        return rows;
    }

    /// <summary>Asks until there is a row, and gives the first.</summary>
    public async Task<string> FirstAsync(string sql)
    {
        for (var deadline = DateTime.UtcNow.AddSeconds(60); DateTime.UtcNow < deadline; await Task.Delay(20))
        {
            if (await RowsAsync(sql) is [var first, ..])
                return first;
        }
        throw new TimeoutException(sql);
    }
}

/// <summary>The same over an S3 server.</summary>
public sealed class PictureS3Host(RealServers servers) : PictureHost(servers)
{
    private readonly CephServer _ceph = new(servers);

    public override string Bucket => _ceph.Bucket;

    protected override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string> { ["Storage:DefaultBucket"] = Bucket };

    protected override void AddStore(IServiceCollection services) => services.AddGuardedStore(_ => _ceph.Store);

    public override async ValueTask InitializeAsync()
    {
        await _ceph.InitializeAsync();
        await base.InitializeAsync();
    }
}
