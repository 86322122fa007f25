using System.Data;
using Dapper;

namespace ThanoSql.Catalog;

/// <summary>Commands with positional parameters ($1, $2, …).</summary>
internal static class Commands
{
    static Commands()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        SqlMapper.AddTypeHandler(new Texts());
    }

    public static NpgsqlCommand Command(this NpgsqlDataSource database, string sql, params ReadOnlySpan<object?> values) =>
        With(database.CreateCommand(sql), values);

    /// <summary>Runs in the connection's open transaction, where it has one.</summary>
    public static NpgsqlCommand Command(this NpgsqlConnection connection, string sql, params ReadOnlySpan<object?> values) =>
        With(new NpgsqlCommand(sql, connection), values);

    public static async Task<int> RunAsync(this NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using (command)
            return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The first column of the first row; null when there is no row or it is NULL.</summary>
    public static async Task<T?> ScalarAsync<T>(this NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using (command)
        {
            var value = await command.ExecuteScalarAsync(cancellationToken);
            return value is null or DBNull ? default : (T)value;
        }
    }

    /// <summary>One value a row, a tuple by the order of the columns, or an object by their names: <c>after_key</c> is <c>AfterKey</c>.</summary>
    public static async Task<List<T>> ListAsync<T>(this NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using (command)
        {
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            return await reader.RowsAsync<T>(cancellationToken);
        }
    }

    public static async Task<List<T>> ListAsync<T>(this NpgsqlCommand command, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        await using (command)
        {
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            return await reader.RowsAsync(read, cancellationToken);
        }
    }

    /// <summary>The rows of the result that the reader is at.</summary>
    public static Task<List<T>> RowsAsync<T>(this NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var read = reader.GetRowParser(typeof(T)); // the generic one knows no texts
        return reader.RowsAsync(row => (T)read(row), cancellationToken);
    }

    /// <inheritdoc cref="RowsAsync{T}(NpgsqlDataReader, CancellationToken)"/>
    public static async Task<List<T>> RowsAsync<T>(
        this NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(read(reader));
        return rows;
    }

    private static NpgsqlCommand With(NpgsqlCommand command, ReadOnlySpan<object?> values)
    {
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
        return command;
    }

    // text[]: arrays have no type of their own in Npgsql's metadata
    private sealed class Texts : SqlMapper.TypeHandler<IReadOnlyList<string>>
    {
        public override IReadOnlyList<string> Parse(object value) => (string[])value;

        public override void SetValue(IDbDataParameter parameter, IReadOnlyList<string>? value) => parameter.Value = value?.ToArray();
    }
}
