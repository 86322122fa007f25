using Npgsql;
using ThanoSql.Catalog;

namespace ThanoSql.Tests.Faults.Ledger;

/// <summary>Compares the writer's account with the tables.</summary>
internal sealed class Judge(NpgsqlDataSource database, Oracle oracle)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async Task<Verdict> CompareAsync(Account account)
    {
        var current = await database.Command("SELECT version FROM thanosql.models WHERE name = $1", Oracle.Model).ScalarAsync<int>(Cancellation);
        var rows = (await database.Command("SELECT image_path, keyword, keyword_version FROM products").ListAsync(
            r => new Row(r.GetString(0), r.IsDBNull(1) ? null : r.GetString(1), r.IsDBNull(2) ? null : r.GetInt32(2)),
            Cancellation)).ToLookup(r => r.Key);
        var images = (await database.Command(
            "SELECT key, state, encode(sha256, 'hex') FROM thanosql.image LEFT JOIN thanosql.content USING (content_id)").ListAsync(
            r => new Image(r.GetString(0), r.GetString(1), r.IsDBNull(2) ? null : r.GetString(2).ToUpperInvariant()),
            Cancellation)).ToDictionary(i => i.Key);

        var verdict = new Verdict();
        foreach (var (key, picture) in account.Pictures)
        {
            if (picture is { } number)
                Present(verdict, key, number, [.. rows[key]], images.GetValueOrDefault(key), current);
            else if (rows[key].Any() || images.TryGetValue(key, out var image) && image.State != "gone")
                verdict.Phantom.Add(key);
        }
        var known = account.Pictures;
        verdict.Phantom.AddRange(rows.Select(r => r.Key).Union(images.Keys).Where(key => !known.ContainsKey(key)));
        return verdict;
    }

    private void Present(Verdict verdict, string key, int picture, Row[] rows, Image? image, int current)
    {
        if (rows.Length > 1)
            verdict.Duplicated.Add(key);
        if (rows is not [{ Keyword: { } keyword, Version: { } version }, ..] || image is not { State: "indexed" })
            verdict.Lost.Add(key);
        else if (image.Hash != oracle.Hash(picture))
            verdict.Stale.Add(key);
        else if (version != current || keyword != oracle.Keyword(version, picture))
            verdict.WrongVersion.Add(key);
    }

    private sealed record Row(string Key, string? Keyword, int? Version);

    private sealed record Image(string Key, string State, string? Hash);
}
