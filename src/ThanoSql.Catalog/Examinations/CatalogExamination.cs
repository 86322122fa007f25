using ThanoSql.Catalog.Images;

namespace ThanoSql.Catalog.Examinations;

/// <summary>How the database's migrations compare with this program's.</summary>
/// <param name="Newest">Of those that ran; 0 for a database that has no catalog yet.</param>
/// <param name="Pending">That this program would run.</param>
/// <param name="Ahead">That this program does not know.</param>
public sealed record MigrationFacts(int Newest, int Pending, int Ahead);

/// <summary>A model and the version that answers.</summary>
/// <param name="VersionId">Null when none does.</param>
/// <param name="Number">Of the version.</param>
/// <param name="TrunkId">The space of its version.</param>
public sealed record ServedModel(string Name, long? VersionId, int? Number, int? TrunkId);

/// <summary>A bucket of known images or of a pipeline.</summary>
/// <param name="Marker">What its marker must hold; null where none proves it.</param>
/// <param name="Reason">Why a worker found it missing; null when it is there.</param>
public sealed record ExaminedBucket(string Bucket, Guid? Marker, string? Reason);

/// <summary>Looks at the catalog and changes nothing.</summary>
public sealed class CatalogExamination(NpgsqlDataSource database)
{
    public async Task<MigrationFacts> MigrationsAsync(CancellationToken cancellationToken)
    {
        var known = Migrator.Migration.All().ConvertAll(m => m.Number);
        if (!await database.Command("SELECT to_regclass('thanosql.migration') IS NOT NULL").ScalarAsync<bool>(cancellationToken))
            return new MigrationFacts(0, known.Count, 0);
        var done = await database.Command("SELECT number FROM thanosql.migration").ListAsync<int>(cancellationToken);
        return new MigrationFacts(done.DefaultIfEmpty().Max(), known.Except(done).Count(), done.Count(number => number > known[^1]));
    }

    public Task<List<ServedModel>> ModelsAsync(CancellationToken cancellationToken) => database.Command(
        """
        SELECT m.name, v.version_id, v.number, v.trunk_id
        FROM thanosql.model m LEFT JOIN thanosql.model_version v ON v.version_id = m.current_version_id ORDER BY m.name
        """).ListAsync<ServedModel>(cancellationToken);

    public Task<List<ExaminedBucket>> BucketsAsync(CancellationToken cancellationToken) => database.Command(
        "SELECT bucket, CASE WHEN proof = $1 THEN marker END AS marker, reason FROM thanosql.bucket ORDER BY bucket", BucketProof.Marker.Word())
        .ListAsync<ExaminedBucket>(cancellationToken);
}
