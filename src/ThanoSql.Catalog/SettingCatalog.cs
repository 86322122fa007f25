namespace ThanoSql.Catalog;

/// <summary>Secrets that the processes of one installation share.</summary>
public sealed class SettingCatalog(NpgsqlDataSource database)
{
    /// <summary>The secret of that name; the first process to ask makes it.</summary>
    /// <returns>64 hexadecimal digits: 256 random bits.</returns>
    public async Task<string> SecretAsync(string name, CancellationToken cancellationToken)
    {
        const string insert = "INSERT INTO thanosql.setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
        await database.Command(insert, name, RandomNumberGenerator.GetHexString(64, lowercase: true)).RunAsync(cancellationToken);
        return (await database.Command("SELECT value FROM thanosql.setting WHERE name = $1", name).ScalarAsync<string>(cancellationToken))!;
    }
}
