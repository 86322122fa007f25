namespace ThanoSql.Catalog;

/// <summary>Secrets that the processes of one installation share.</summary>
public sealed class SettingCatalog(NpgsqlDataSource database)
{
    /// <summary>The secret of that name; the first process to ask makes it.</summary>
    /// <returns>64 hexadecimal digits: 256 random bits.</returns>
    public async Task<string> SecretAsync(string name, CancellationToken cancellationToken)
    {
        await using var insert = database.CreateCommand("INSERT INTO thanosql.setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING");
        insert.Parameters.AddWithValue(name);
        insert.Parameters.AddWithValue(RandomNumberGenerator.GetHexString(64, lowercase: true));
        await insert.ExecuteNonQueryAsync(cancellationToken);
        await using var select = database.CreateCommand("SELECT value FROM thanosql.setting WHERE name = $1");
        select.Parameters.AddWithValue(name);
        return (string)(await select.ExecuteScalarAsync(cancellationToken))!;
    }
}
