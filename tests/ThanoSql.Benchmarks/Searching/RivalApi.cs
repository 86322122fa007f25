using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace ThanoSql.Benchmarks.Searching;

/// <summary>
/// What a shop would write itself: a minimal API with one prepared SELECT over the same table and no token, no signed links, no synonyms. A program
/// of its own: <c>search-rival URL CONNECTION</c>.
/// </summary>
internal static class RivalApi
{
    public const string Verb = "search-rival";

    private const string Select =
        "SELECT image_path, keyword, keyword_score, keyword_version, keyword_source, price, created_at FROM products WHERE ";

    public static async Task RunAsync(string url, string connection)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add(url);
        await using var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connection)
        {
            MaxPoolSize = 16,
            MaxAutoPrepare = 20,
            AutoPrepareMinUsages = 1,
        });
        app.MapGet("/search", (string keyword, float? score, string? path, CancellationToken stop) => score is null
            ? ReadAsync(database, Select + "keyword = $1 ORDER BY keyword_score DESC, image_path LIMIT 20", stop, keyword)
            : ReadAsync(
                database,
                Select + "keyword = $1 AND keyword_score <= $2 AND (keyword_score < $2 OR image_path > $3) "
                    + "ORDER BY keyword_score DESC, image_path LIMIT 20",
                stop, keyword, score, path!));
        app.MapGet("/latest", (string[] keyword, int price, CancellationToken stop) => ReadAsync(
            database, Select + "keyword = ANY ($1) AND price <= $2 ORDER BY created_at DESC NULLS LAST, image_path LIMIT 20", stop, keyword, price));
        app.MapGet(Contestant.Allocated, () => GC.GetTotalAllocatedBytes().ToString(CultureInfo.InvariantCulture));
        await app.RunAsync();
    }

    private static async Task<List<Hit>> ReadAsync(NpgsqlDataSource database, string sql, CancellationToken stop, params object[] values)
    {
        await using var command = database.CreateCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        await using var reader = await command.ExecuteReaderAsync(stop);
        var hits = new List<Hit>();
        while (await reader.ReadAsync(stop))
        {
            hits.Add(new Hit(
                reader.GetString(0), reader.GetString(1), reader.GetFloat(2), reader.GetInt32(3), reader.GetString(4), reader.GetInt32(5),
                reader.GetDateTime(6)));
        }
        return hits;
    }

    private sealed record Hit(string Path, string Keyword, float Score, int Version, string Source, int Price, DateTime CreatedAt);
}
