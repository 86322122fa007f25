using Npgsql;

namespace ThanoSql.Catalog.Tables;

/// <summary>Why a table did not take a row.</summary>
/// <param name="Reason">For people.</param>
/// <param name="Passing">Somebody holds the row or table: trying again later may help.</param>
public sealed record RowRefusal(string Reason, bool Passing)
{
    /// <summary>Null when the error is not the table's: then the whole transaction failed.</summary>
    internal static RowRefusal? Of(PostgresException error, string table) => error.SqlState[..2] switch
    {
        _ when error.SqlState is PostgresErrorCodes.LockNotAvailable => new($"A row of table '{table}' is locked by somebody else.", Passing: true),
        _ when error.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn =>
            new($"Table '{table}' was replaced meanwhile.", Passing: true),
        // data, constraints, a trigger's own error, privileges, a check of the shop's
        "22" or "23" or "42" or "44" or "P0" or "0A" or "09" or "2F" or "38" or "39" or "54" => new(
            $"Table '{table}' does not take the row: {error.MessageText}{(error.Detail is { } detail ? $" ({detail})" : "")}", Passing: false),
        _ => null,
    };
}
