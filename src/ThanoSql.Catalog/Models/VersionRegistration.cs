using Npgsql;
using ThanoSql.Catalog.Labels;
using ThanoSql.Catalog.Runs;

namespace ThanoSql.Catalog.Models;

/// <summary>The moment in which a trained head enters the catalog: model, held-out part, version and run together or not at all.</summary>
public sealed class VersionRegistration(NpgsqlDataSource database)
{
    /// <param name="lease">The run that made the version, and will be found by it after a crash.</param>
    /// <param name="traits">Of the model, made when it is new; those of one in service change with the switch only.</param>
    /// <param name="version">In the state <c>building</c> from now on.</param>
    /// <param name="heldOut">Content → judges; fixed for contents seen for the first time.</param>
    /// <param name="cancellationToken">Leaves nothing behind.</param>
    public async Task<ModelVersion> AddAsync(
        TrainingLease lease, ModelTraits traits, NewVersion version, IReadOnlyDictionary<long, bool> heldOut, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var model = await ModelCatalog.EnsureAsync(connection, traits, cancellationToken);
        await HeldOutPart.FixAsync(connection, model, heldOut, cancellationToken);
        var added = await VersionCatalog.AddAsync(connection, model, version, cancellationToken);
        await lease.BindAsync(connection, added.VersionId, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return added;
    }
}
