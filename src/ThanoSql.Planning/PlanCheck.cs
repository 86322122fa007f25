using System.Data.Common;

namespace ThanoSql.Planning;

/// <summary>A query that says whether a plan is still right: it must give the columns and the row that it gave when the plan was made.</summary>
/// <param name="Sql">Run with the user's rights.</param>
/// <param name="Columns">Their names, in order.</param>
/// <param name="Row">The only row, of texts; null when there is none.</param>
public sealed record PlanCheck(string Sql, IReadOnlyList<string> Columns, IReadOnlyList<string>? Row = null)
{
    internal async Task<bool> HoldsAsync(DbDataReader reader, CancellationToken cancellationToken)
    {
        if (!Enumerable.Range(0, reader.FieldCount).Select(reader.GetName).SequenceEqual(Columns))
            return false;
        if (Row is null)
            return true;
        if (!await reader.ReadAsync(cancellationToken))
            return false;
        for (var i = 0; i < Row.Count; i++)
        {
            if (await reader.IsDBNullAsync(i, cancellationToken) || reader.GetString(i) != Row[i])
                return false;
        }
        return true;
    }
}
