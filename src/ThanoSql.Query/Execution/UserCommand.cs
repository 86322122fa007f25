using System.Runtime.CompilerServices;
using Npgsql;
using ThanoSql.Planning;

namespace ThanoSql.Query.Execution;

/// <summary>
/// A user's text as it is sent: of a batch the server gets each text whole, and refuses several statements in one. Values come as PostgreSQL writes
/// them, so no type of the user's is unknown to us.
/// </summary>
internal static class UserCommand
{
    public static NpgsqlBatch Create(NpgsqlConnection connection, PlannedQuery plan)
    {
        var batch = plan.Batch(connection);
        AsText(batch, true);
        return batch;
    }

    // Public on NpgsqlCommand, internal on the batch.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_AllResultTypesAreUnknown")]
    private static extern void AsText(NpgsqlBatch batch, bool value);
}
