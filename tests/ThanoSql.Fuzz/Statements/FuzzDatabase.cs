using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Similarity;
using ThanoSql.Embedding.Similarity;
using ThanoSql.Planning.Pictures;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Fuzz.Statements;

/// <summary>A migrated database with one model without weights and a table <c>diet</c>, on the tests' PostgreSQL; dropped at the end.</summary>
internal sealed class FuzzDatabase : IAsyncDisposable
{
    private const string Seed = """
        INSERT INTO thanosql.trunk (key, variant, weights_sha256, preprocessing, dimensions, origin) VALUES ('t', 'atto', 'x', 'p', 4, 'random');
        INSERT INTO thanosql.model (name, algorithm, image_col, label_col, dialect) VALUES ('fuzz_model', 'x', 'image_path', 'label', 'old');
        INSERT INTO thanosql.model_version (model_id, number, trunk_id, state, labels, head, source)
            SELECT model_id, 1, trunk_id, 'current', ARRAY['과일', '채소'], '', '' FROM thanosql.model, thanosql.trunk;
        UPDATE thanosql.model m SET current_version_id = (SELECT max(version_id) FROM thanosql.model_version);
        """;

    private readonly PostgresServer _server = new(new RealServers());

    public NpgsqlDataSource Owner => _server.DataSource;

    /// <summary>Every picture is the same one, and was looked at.</summary>
    public PictureMeans Pictures => new(
        new PictureCatalog(Owner), (_, _, _) => Task.FromResult(new FoundPicture([1, 0, 0, 0], null)), (_, _, _, _) => Task.CompletedTask,
        (_, _, _, among, _) => Task.FromResult<IReadOnlyList<SimilarContent>>([.. (among ?? []).Select(c => new SimilarContent(c, 1))]));

    public static async Task<FuzzDatabase> CreateAsync(CancellationToken cancellationToken)
    {
        var database = new FuzzDatabase();
        await database._server.InitializeAsync();
        await new Migrator(database.Owner, NullLogger<Migrator>.Instance).RunAsync(cancellationToken);
        await database.RunAsync(Seed, cancellationToken);
        await database.ResetAsync(cancellationToken);
        return database;
    }

    /// <summary>The table that statements read, which some drop or empty.</summary>
    public Task ResetAsync(CancellationToken cancellationToken) => RunAsync(
        """
        CREATE TABLE IF NOT EXISTS public.diet (image_path text, label text, price integer);
        INSERT INTO public.diet SELECT i || '.jpg', 'l' || i % 3, i FROM generate_series(1, 20) i WHERE NOT EXISTS (SELECT FROM public.diet);
        """,
        cancellationToken);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task RunAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = Owner.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
