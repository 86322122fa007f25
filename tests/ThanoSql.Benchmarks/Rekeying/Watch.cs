using System.Diagnostics;
using Npgsql;

namespace ThanoSql.Benchmarks.Rekeying;

/// <summary>A shop's searches and one-row updates, one after another, while something else goes on; milliseconds.</summary>
internal sealed class Watch
{
    public List<double> Searches { get; } = [];

    public List<double> Updates { get; } = [];

    /// <summary>Searches whose 20 answers were missing or of two versions.</summary>
    public int WrongAnswers { get; private set; }

    public static async Task<Watch> OverAsync(NpgsqlDataSource database, string table, int images, Func<CancellationToken, Task> work)
    {
        var watch = new Watch();
        using var over = new CancellationTokenSource();
        var searching = Task.Run(() => watch.SearchAsync(database, table, over.Token), CancellationToken.None);
        var updating = Task.Run(() => watch.UpdateAsync(database, table, images, over.Token), CancellationToken.None);
        await work(over.Token);
        await over.CancelAsync();
        await Task.WhenAll(searching, updating);
        return watch;
    }

    private async Task SearchAsync(NpgsqlDataSource database, string table, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            var label = $"label {Random.Shared.Next(SeededShop.Labels)}";
            var start = Stopwatch.GetTimestamp();
            await using var command = database.CreateCommand(
                $"SELECT count(*), min(keyword_version), max(keyword_version) FROM (SELECT * FROM {table} WHERE keyword = '{label}' " +
                "ORDER BY keyword_score DESC LIMIT 20) t");
            await using var reader = await command.ExecuteReaderAsync(CancellationToken.None);
            await reader.ReadAsync(CancellationToken.None);
            Searches.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            if (reader.GetInt64(0) < 20 || reader.GetInt32(1) != reader.GetInt32(2))
                WrongAnswers++;
        }
    }

    private async Task UpdateAsync(NpgsqlDataSource database, string table, int images, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            var start = Stopwatch.GetTimestamp();
            await using var command = database.CreateCommand(
                $"UPDATE {table} SET price = price + 1 WHERE image_path = 'shop/{Random.Shared.Next(1, images + 1)}.jpg'");
            await command.ExecuteNonQueryAsync(CancellationToken.None);
            Updates.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
    }
}
