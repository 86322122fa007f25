using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Keywords;
using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Tables;
using ThanoSql.Language;
using ThanoSql.Planning;
using ThanoSql.Planning.Pictures;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Planning;

/// <summary>
/// A catalog with two models over six images, and a table <c>diet</c> that names them: answers are rows, so that no inference is needed.
/// <c>old_model</c> was built in the old dialect, <c>new_model</c> in the new one. Statements run as a user without rights on the catalog's tables.
/// </summary>
public sealed class SeededCatalog(RealServers servers) : IAsyncLifetime
{
    private const string UserPassword = "a-user-of-tests";

    private readonly PostgresServer _postgres = new(servers);
    private string _user = "";

    public NpgsqlDataSource Owner => _postgres.DataSource;

    public TableSessions Sessions => _postgres.Sessions;

    /// <summary>How pictures are compared; null where no test does.</summary>
    public PictureMeans? Pictures { get; set; }

    /// <summary>What the planner asked to look at, in order.</summary>
    public List<string> Filled { get; } = [];

    public async ValueTask InitializeAsync()
    {
        await _postgres.InitializeAsync();
        await new Migrator(Owner, NullLogger<Migrator>.Instance).RunAsync(CancellationToken.None);
        _user = $"thanosql_test_user_{Guid.NewGuid():N}";
        await using (var role = _postgres.Superuser.CreateCommand($"CREATE ROLE {_user} LOGIN PASSWORD '{UserPassword}'"))
            await role.ExecuteNonQueryAsync();
        var database = new NpgsqlConnectionStringBuilder(_postgres.ConnectionString).Database!;
        await ExecuteAsync($"""
            GRANT TEMPORARY ON DATABASE {Identifier.Quote(database)} TO {_user};
            GRANT USAGE ON SCHEMA thanosql TO {_user};
            GRANT SELECT ON thanosql.answer, thanosql.correction, thanosql.models, thanosql.model_stamp, thanosql.picture_content TO {_user};
            GRANT ALL ON SCHEMA public TO {_user};
            """);
        await ExecuteAsync("""
            INSERT INTO thanosql.trunk (key, variant, weights_sha256, preprocessing, dimensions, origin)
                VALUES ('t', 'ConvNeXt_Atto', 'x', '224', 2, 'random');
            INSERT INTO thanosql.model (name, algorithm, image_col, label_col, dialect)
                VALUES ('old_model', 'ConvNeXt_Tiny', 'image_path', 'label', 'old'), ('new_model', 'ConvNeXt_Tiny', 'image_path', 'label', 'new');
            INSERT INTO thanosql.model_version (model_id, number, trunk_id, state, labels, head, source)
                SELECT model_id, 1, 1, 'current', ARRAY['과일', '채소', '사과파이'], '', 'SELECT 1' FROM thanosql.model ORDER BY model_id;
            UPDATE thanosql.model m SET current_version_id = v.version_id FROM thanosql.model_version v WHERE v.model_id = m.model_id;
            CREATE TABLE thanosql.keyword_1 PARTITION OF thanosql.keyword FOR VALUES IN (1);
            CREATE TABLE thanosql.keyword_2 PARTITION OF thanosql.keyword FOR VALUES IN (2);
            CREATE TABLE public.diet (image_path text, label text, price integer);
            """);
        foreach (var (path, label, best, score, price) in Images)
            await AddAsync(path, label, best, score, price);
        await ExecuteAsync($"GRANT ALL ON ALL TABLES IN SCHEMA public TO {_user}");
    }

    /// <summary>
    /// Path, true label, the models' best label, its score, price. The second label of each image is the other of 과일 and 채소, with what is left.
    /// </summary>
    public static readonly (string Path, string Label, string Best, double Score, int Price)[] Images =
    [
        ("f/3.jpg", "과일", "과일", 0.9, 30), ("f/1.jpg", "과일", "과일", 0.8, 10), ("v/2.jpg", "채소", "채소", 0.7, 20), ("v/5.jpg", "채소", "과일", 0.6, 50),
        ("f/4.jpg", "과일", "채소", 0.75, 40),
        ("v/6.jpg", "채소", "채소", 0.95, 60),
    ];

    public async ValueTask DisposeAsync()
    {
        await using (var role = _postgres.Superuser.CreateCommand($"DROP OWNED BY {_user}; DROP ROLE {_user}"))
            await role.ExecuteNonQueryAsync();
        await _postgres.DisposeAsync();
    }

    public QueryPlanner Planner(FillAnswers? fill = null) =>
        new(
            new AnswerCatalog(Owner), fill ?? RecordAsync, Pictures ?? SeededPictures.None(Owner), () => [("diet_data", "image")],
            Options.Create(new SqlOptions()));

    /// <summary>A connection of the user.</summary>
    public async Task<NpgsqlConnection> ConnectAsync()
    {
        var settings = new NpgsqlConnectionStringBuilder(_postgres.ConnectionString) { Username = _user, Password = UserPassword, Pooling = false };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        return connection;
    }

    /// <summary>Plans and runs a text as the user, and once more where an image has no answer yet.</summary>
    public async Task<Answer> RunAsync(string text, FillAnswers? fill = null)
    {
        try
        {
            return await RunAsync(text, fills: false, fill);
        }
        catch (Exception e) when (
            e is QueryException { Code.Name: ErrorCode.UnansweredState } or PostgresException { SqlState: ErrorCode.UnansweredState })
        {
            return await RunAsync(text, fills: true, fill);
        }
    }

    /// <param name="text">The request.</param>
    /// <param name="fills">Whether images without an answer get one first.</param>
    /// <param name="fill">Gives them one; by default they are only noted.</param>
    public async Task<Answer> RunAsync(string text, bool fills, FillAnswers? fill = null)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var connection = await ConnectAsync();
        using var planner = Planner(fill);
        var planned = await planner.PlanAsync(ThanoSqlParser.Parse(text), connection, fills, _ => { }, cancellation);
        await using var command = new NpgsqlCommand(planned.Sql.Sql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<object?[]>();
        while (await reader.ReadAsync(cancellation))
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : reader.GetValue(i))]);
        return new Answer([.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)], rows, planned.Messages, planned.Sql.Sql);
    }

    /// <summary>An image with answers of both models, and its row of <c>diet</c>.</summary>
    public async Task AddAsync(string path, string label, string best, double score, int price)
    {
        await using var row = Owner.CreateCommand("INSERT INTO public.diet VALUES ($1, $2, $3)");
        row.Parameters.AddRange(new NpgsqlParameter[] { new() { Value = path }, new() { Value = label }, new() { Value = price } });
        await row.ExecuteNonQueryAsync();
        await IndexAsync(path, best, score);
    }

    /// <summary>As a worker would: content, image, answers.</summary>
    public async Task IndexAsync(string path, string best, double score)
    {
        await using var command = Owner.CreateCommand("""
            WITH c AS (INSERT INTO thanosql.content (sha256) VALUES (sha256(convert_to($1, 'UTF8'))) RETURNING content_id),
                 i AS (INSERT INTO thanosql.image (bucket, key, content_id, state) SELECT 'workspace', $1, content_id, 'indexed' FROM c)
            INSERT INTO thanosql.keyword (version_id, content_id, rank, keyword, score)
            SELECT v.version_id, c.content_id, k.rank, k.keyword, k.score
            FROM c, thanosql.model_version v, (VALUES (1, $2, $3), (2, CASE $2 WHEN '과일' THEN '채소' ELSE '과일' END, 1 - $3)) AS k(rank, keyword, score)
            """);
        command.Parameters.AddRange(new NpgsqlParameter[] { new() { Value = path }, new() { Value = best }, new() { Value = (float)score } });
        await command.ExecuteNonQueryAsync();
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Owner.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>A pipeline of <c>new_model</c> with human labels of images, until it is disposed of.</summary>
    public async Task<IAsyncDisposable> PipelineAsync(string name, string definition, params (string Key, string Label)[] labels)
    {
        await ExecuteAsync($"""
            INSERT INTO thanosql.pipeline (name, bucket, prefix, table_name, model_name, definition)
                VALUES ('{name}', 'workspace', 'f/', 'none', 'new_model', '{definition}')
            """);
        foreach (var (key, label) in labels)
        {
            await ExecuteAsync($"""
                INSERT INTO thanosql.label (pipeline_id, bucket, key, label, labelled_by)
                    SELECT pipeline_id, 'workspace', '{key}', '{label}', 'test' FROM thanosql.pipeline WHERE name = '{name}'
                """);
        }
        return new Removal(() => ExecuteAsync($"DELETE FROM thanosql.pipeline WHERE name = '{name}'"));
    }

    private sealed class Removal(Func<Task> remove) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await remove();
    }

    private Task RecordAsync(ServingModel model, IReadOnlyList<string> paths, Action<string> report, CancellationToken cancellationToken)
    {
        Filled.AddRange(paths);
        return Task.CompletedTask;
    }
}

/// <summary>What a statement gave.</summary>
public sealed record Answer(IReadOnlyList<string> Columns, IReadOnlyList<object?[]> Rows, IReadOnlyList<string> Messages, string Sql)
{
    public IEnumerable<object?> Column(string name) => Rows.Select(r => r[Columns.ToList().IndexOf(name)]);
}
