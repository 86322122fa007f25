using System.Globalization;
using Microsoft.Extensions.Options;
using Npgsql;
using Spectre.Console;
using ThanoSql.Catalog.Answers;
using ThanoSql.Language;
using ThanoSql.Sql;

namespace ThanoSql.Benchmarks.Sql;

/// <summary>PREDICT and SEARCH over indexed images, parsed, planned and read to the last row, against hand-written SQL; each opens a pooled
/// connection, so that its reset (which drops temporary tables) is paid by who made it needed.</summary>
internal static class SqlBenchmark
{
    public static async Task RunAsync(BenchmarkArguments arguments, CancellationToken cancellation)
    {
        await using var database = await BenchmarkDatabase.CreateAsync(cancellation);
        foreach (var script in SeededShop.Script) await database.ExecuteAsync(script, cancellation);
        var planner = new QueryPlanner(new AnswerCatalog(database.Owner), RefuseToFill, () => [], Options.Create(new SqlOptions()));

        var table = new Table().AddColumns("", "median ms", "p99 ms", "ratio of medians", "ratio of p99");
        foreach (var contest in Contest.All)
        {
            Func<CancellationToken, Task<int>>[] rivals =
            [
                token => PlanAndReadAsync(planner, database.User, contest.Statement, token),
                token => ReadAsync(database.Owner, contest.ByHand, token),
                token => ReadAsync(database.Owner, contest.IndexColumns, token),
            ];
            var (ours, byHand) = (await rivals[0](cancellation), await rivals[1](cancellation));
            if (ours != byHand) throw new InvalidOperationException($"{contest.Name}: {ours} rows, but {byHand} by hand.");
            AddRows(table, contest, await Timings.InterleavedAsync(contest.Rounds, rivals, cancellation));
        }
        AnsiConsole.Write(table);
    }

    private static void AddRows(Table table, Contest contest, Timings[] timings)
    {
        string[] names = [contest.Name, "  by hand, the same answer from the catalog", "  by hand, from the table's index columns"];
        foreach (var (name, t) in names.Zip(timings))
        {
            var ours = timings[0];
            table.AddRow(Markup.Escape(name), Number(t.Median), Number(t.P99), t == ours ? "" : Number(ours.Median / t.Median), t == ours ? "" : Number(ours.P99 / t.P99));
        }
    }

    private static async Task<int> PlanAndReadAsync(QueryPlanner planner, NpgsqlDataSource database, string text, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var planned = await planner.PlanAsync(ThanoSqlParser.Parse(text), connection, _ => { }, cancellation);
        return await ReadAsync(connection, planned.Sql.Sql, cancellation);
    }

    private static async Task<int> ReadAsync(NpgsqlDataSource database, string sql, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await ReadAsync(connection, sql, cancellation);
    }

    private static async Task<int> ReadAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var values = new object[reader.FieldCount];
        var rows = 0;
        for (; await reader.ReadAsync(cancellation); rows++) reader.GetValues(values);
        return rows;
    }

    private static Task RefuseToFill(ServingModel model, IReadOnlyList<string> paths, Action<string> report, CancellationToken cancellation) =>
        throw new InvalidOperationException($"{paths.Count} images have no answer; the seed should hold all.");

    private static string Number(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
