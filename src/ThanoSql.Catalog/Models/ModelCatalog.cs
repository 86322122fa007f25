using Microsoft.Extensions.Logging.Abstractions;
using ThanoSql.Catalog.Audits;
using ThanoSql.Catalog.Keywords;

namespace ThanoSql.Catalog.Models;

/// <summary>The named models.</summary>
public sealed class ModelCatalog(NpgsqlDataSource database)
{
    private const string Columns =
        "model_id, name, algorithm, image_col, label_col, dialect, current_version_id, next_version_id, schedule_paused";

    /// <param name="name">As stored: lower case unless it was quoted.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    /// <returns>The model, or null when there is none of that name.</returns>
    public async Task<Model?> FindAsync(string name, CancellationToken cancellationToken) =>
        (await database.Command($"SELECT {Columns} FROM thanosql.model WHERE name = $1", name).ListAsync<Model>(cancellationToken)).SingleOrDefault();

    /// <summary>All models by name, also those without a version in service.</summary>
    public Task<List<Model>> ListAsync(CancellationToken cancellationToken) =>
        database.Command($"SELECT {Columns} FROM thanosql.model ORDER BY name").ListAsync<Model>(cancellationToken);

    /// <summary>What images can be found by: the labels of the version in service, and those that only people gave; empty without one.</summary>
    /// <remarks>One probe of an index for each distinct label, not one for each that was given.</remarks>
    public async Task<IReadOnlyList<string>> SearchLabelsAsync(string name, CancellationToken cancellationToken) =>
        await database.Command(
            """
            WITH RECURSIVE said AS (
                SELECT p.pipeline_id,
                    (SELECT min(l.label) FROM thanosql.label l WHERE l.pipeline_id = p.pipeline_id AND l.state = 'confirmed') AS label
                FROM thanosql.pipeline p WHERE p.model_name = $1
                UNION ALL
                SELECT s.pipeline_id,
                    (SELECT min(l.label) FROM thanosql.label l
                     WHERE l.pipeline_id = s.pipeline_id AND l.state = 'confirmed' AND l.label > s.label)
                FROM said s WHERE s.label IS NOT NULL)
            SELECT v.labels || ARRAY(SELECT DISTINCT s.label FROM said s WHERE s.label <> ALL (v.labels) ORDER BY s.label)
            FROM thanosql.model m JOIN thanosql.model_version v ON v.version_id = m.current_version_id WHERE m.name = $1
            """,
            name).ScalarAsync<string[]>(cancellationToken) ?? [];

    /// <summary>Removes a model with its versions and keywords; human labels stay, and its pipelines wait.</summary>
    /// <returns>What its versions leave behind: files in the model folder, and trunks that perhaps nobody uses any more.</returns>
    public async Task<(IReadOnlyList<string> Artifacts, IReadOnlyList<int> Trunks)> DeleteAsync(int modelId, CancellationToken cancellationToken)
    {
        List<(long Id, string? Artifact, int Trunk)> versions = [];
        await ShortTransaction.RunAsync(database, NullLogger.Instance, async connection =>
        {
            // Pipelines before the model, and in the order of their ids, as whoever loads ServingTables locks them
            await connection.Command(
                """
                UPDATE thanosql.pipeline p SET state = 'waiting', reason = 'its model was deleted', updated_at = now()
                FROM (SELECT pipeline_id FROM thanosql.pipeline
                      WHERE model_name = (SELECT name FROM thanosql.model WHERE model_id = $1) ORDER BY pipeline_id FOR NO KEY UPDATE) own
                WHERE p.pipeline_id = own.pipeline_id
                """,
                modelId).RunAsync(cancellationToken);
            await LockAsync(connection, modelId, exclusively: true, cancellationToken);
            versions = await connection.Command("SELECT version_id, artifact, trunk_id FROM thanosql.model_version WHERE model_id = $1", modelId)
                .ListAsync<(long, string?, int)>(cancellationToken);
            await connection.Command("DELETE FROM thanosql.model WHERE model_id = $1", modelId).RunAsync(cancellationToken);
        }, cancellationToken);
        foreach (var (id, _, _) in versions)
            await KeywordPartition.TryDropAsync(database, id, cancellationToken);
        return ([.. versions.Select(v => v.Artifact).OfType<string>()], [.. versions.Select(v => v.Trunk).Distinct()]);
    }

    /// <summary>
    /// Locks a model's row against switches (<c>FOR SHARE</c>) or against writers of keywords too (<c>FOR UPDATE</c>), until the transaction ends.
    /// </summary>
    internal static async Task<Model> LockAsync(NpgsqlConnection connection, int modelId, bool exclusively, CancellationToken cancellationToken)
    {
        var strength = exclusively ? "UPDATE" : "SHARE";
        var rows = await connection.Command($"SELECT {Columns} FROM thanosql.model WHERE model_id = $1 FOR {strength}", modelId)
            .ListAsync<Model>(cancellationToken);
        return rows.SingleOrDefault() ?? throw new CatalogException("The model was deleted meanwhile.");
    }

    /// <summary>The model of that name, made when there is none; one that exists keeps its traits until its version is promoted.</summary>
    internal static async Task<int> EnsureAsync(NpgsqlConnection connection, ModelTraits traits, CancellationToken cancellationToken) =>
        await connection.Command(
            """
            INSERT INTO thanosql.model (name, algorithm, image_col, label_col, dialect) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (name) DO UPDATE SET name = excluded.name
            RETURNING model_id
            """,
            traits.Name, traits.Algorithm, traits.ImageCol, traits.LabelCol, traits.Dialect.Word()).ScalarAsync<int>(cancellationToken);

    /// <summary>Pauses the model's retraining schedule, or lets it go on (<paramref name="reason"/> null).</summary>
    /// <returns>False when there is no such model.</returns>
    /// <param name="name">The model's.</param>
    /// <param name="reason">For people.</param>
    /// <param name="by">Who asks: an <see cref="Actor"/>.</param>
    /// <param name="cancellationToken">Leaves all as it was.</param>
    public async Task<bool> PauseScheduleAsync(string name, string? reason, string by, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await Actor.NameAsync(connection, by, cancellationToken);
        var paused = await connection.Command("UPDATE thanosql.model SET schedule_paused = $2::text WHERE name = $1", name, reason)
            .RunAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return paused > 0;
    }

    /// <exception cref="CatalogException">There is no such model any more.</exception>
    internal static async Task<string> NameAsync(NpgsqlDataSource database, int modelId, CancellationToken cancellationToken) =>
        await database.Command("SELECT name FROM thanosql.model WHERE model_id = $1", modelId).ScalarAsync<string>(cancellationToken)
        ?? throw new CatalogException("The model was deleted meanwhile.");
}
