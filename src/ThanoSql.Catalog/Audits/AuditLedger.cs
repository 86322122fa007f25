namespace ThanoSql.Catalog.Audits;

/// <summary>One change of a model, a token or a label, or the end of an image.</summary>
/// <param name="At">When, UTC.</param>
/// <param name="Who"><c>token NAME</c>, <c>command line (USER)</c>, <c>schedule</c>, <c>new rows</c>, <c>SQL of ROLE</c> or <c>service</c>.</param>
/// <param name="Kind"><c>model</c>, <c>token</c>, <c>label</c> or <c>image</c>.</param>
/// <param name="Subject">A name, or the address of an image.</param>
/// <param name="Action">For example <c>promote</c>, <c>revoke</c>, <c>correct</c>; <c>ask: build</c> when a run was queued.</param>
/// <param name="Change">From what to what, in short.</param>
public sealed record AuditEntry(DateTime At, string Who, string Kind, string Subject, string Action, string Change);

/// <summary>Who changed models, tokens and labels, and deleted images. The catalog itself writes it; users' SQL cannot read it.</summary>
public sealed class AuditLedger(NpgsqlDataSource database)
{
    /// <summary>The changes of the last days, the latest first, up to <paramref name="limit"/>.</summary>
    public Task<List<AuditEntry>> ListAsync(int days, int limit, CancellationToken cancellationToken) => database.Command(
        "SELECT at, who, kind, subject, action, change FROM thanosql.audit WHERE at > now() - $1 ORDER BY at DESC, audit_id DESC LIMIT $2",
        TimeSpan.FromDays(days), limit).ListAsync<AuditEntry>(cancellationToken);

    /// <summary>Removes changes that are older than <paramref name="keep"/>, which is a day at least.</summary>
    /// <returns>How many.</returns>
    public async Task<int> RemoveAsync(TimeSpan keep, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.Command("SELECT set_config('thanosql.audit_retention', 'on', true)").RunAsync(cancellationToken);
        var removed = await connection.Command("DELETE FROM thanosql.audit WHERE at < now() - $1", keep).RunAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return removed;
    }
}
