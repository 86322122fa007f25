using System.Runtime.CompilerServices;
using Npgsql;

namespace ThanoSql.Query.Execution;

/// <summary>
/// A user's text as one command. A batch, because Npgsql cuts the text of a plain command at each <c>;</c> and would run the pieces: of a batch the server gets it whole,
/// and refuses several statements. Values come as PostgreSQL writes them, so no type of the user's is unknown to us.
/// </summary>
internal static class UserCommand
{
    public static NpgsqlBatch Create(NpgsqlConnection connection, string sql)
    {
        var batch = new NpgsqlBatch(connection) { BatchCommands = { new NpgsqlBatchCommand(sql) }, Timeout = 0 };
        AsText(batch, true);
        return batch;
    }

    // Public on NpgsqlCommand, internal on the batch.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_AllResultTypesAreUnknown")]
    private static extern void AsText(NpgsqlBatch batch, bool value);
}
