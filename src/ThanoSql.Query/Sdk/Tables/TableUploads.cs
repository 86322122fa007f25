using ThanoSql.Language.Options;
using ThanoSql.Query.Copying;

namespace ThanoSql.Query.Sdk.Tables;

/// <summary>Stores uploaded rows as COPY does.</summary>
internal sealed class TableUploads(TableCopies copies, UserWork work, StatementTurns turns, IOptions<QueryLimits> limits)
{
    /// <param name="target">Where to.</param>
    /// <param name="rows">What.</param>
    /// <param name="form">Of a table that is made for them; null for columns as the rows have them.</param>
    /// <param name="cancellationToken">Leaves all as it was.</param>
    /// <returns>The table.</returns>
    /// <exception cref="QueryException">It is not to be made in that schema, is there already, or does not take the rows.</exception>
    public async Task<TableBody> StoreAsync(UploadTarget target, SourceRows rows, TableBody? form, CancellationToken cancellationToken)
    {
        var (table, mode, token) = target;
        if (table.Schema != "public")
            await RefuseAsync(target, cancellationToken);
        var create = form?.Checked() is { Columns: not null } asked ? asked : null;
        using (var turn = await turns.EnterAsync(token.Name, cancellationToken))
        using (var deadline = new Deadline(limits.Value, cancellationToken))
        {
            var copy = new TableCopy(table.Name, rows, mode, turn)
            {
                CreateAsync = create is null ? null : (on, running) => TableApi.MakeAsync(on, table, create, ifNotExists: false, running),
            };
            await deadline.RunAsync(async running =>
            {
                await copies.WriteAsync(token, copy, running);
                return true;
            });
        }
        return await work.RunAsync(token, (on, running) => TableCatalog.GetAsync(on, table, running), cancellationToken);
    }

    private async Task RefuseAsync(UploadTarget target, CancellationToken cancellationToken)
    {
        var schema = target.Table.Schema;
        await work.RunAsync(target.Token, async (on, running) =>
        {
            await TableCatalog.CheckSchemaAsync(on, schema, running);
            return true;
        }, cancellationToken);
        throw new QueryException(ErrorCode.PermissionDenied, $"Tables are made in schema public, not in '{schema}'.");
    }
}

/// <summary>Where rows are to be stored.</summary>
/// <param name="Mode">What becomes of a table that is there.</param>
/// <param name="Token">With whose rights.</param>
internal sealed record UploadTarget(TableAddress Table, IfExists Mode, ApiToken Token);
