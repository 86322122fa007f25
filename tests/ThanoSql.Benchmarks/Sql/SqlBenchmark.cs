using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using Spectre.Console;
using ThanoSql.Catalog.Keywords;
using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Roles;
using ThanoSql.Catalog.Similarity;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Language;
using ThanoSql.Planning;
using ThanoSql.Planning.Pictures;
using ThanoSql.Query.Execution;
using ThanoSql.Query.Statements;

namespace ThanoSql.Benchmarks.Sql;

/// <summary>
/// PREDICT and SEARCH over indexed images as a service runs them, from text to the last row, against hand-written SQL: as typed, and kept prepared.
/// Each opens a pooled connection, so that its reset is paid by who made it needed.
/// </summary>
internal static class SqlBenchmark
{
    private static readonly ApiToken Token = new("benchmark", TokenScope.Query, DateTimeOffset.UnixEpoch, null, null);

    public static async Task RunAsync(BenchmarkArguments arguments, CancellationToken cancellationToken)
    {
        await using var database = await BenchmarkDatabase.CreateAsync(cancellationToken);
        foreach (var script in SeededShop.Script)
            await database.ExecuteAsync(script, cancellationToken);
        await using var users = new UserDatabase(database.Owner, Options.Create(new UserDatabaseOptions()), NullLoggerFactory.Instance);
        using var planner = new QueryPlanner(
            new AnswerCatalog(database.Owner), RefuseToFill, NoPictures(database.Owner), () => [], Options.Create(new SqlOptions()));
        var limits = Options.Create(new QueryLimits());
        var handler = new RowsHandler(users, planner, new StatementTurns(limits, TimeProvider.System), limits);

        var table = new Table().AddColumns("", "median ms", "p99 ms", "ratio of medians", "ratio of p99");
        foreach (var contest in Contest.All)
        {
            Func<CancellationToken, Task<int>>[] rivals =
            [
                token => AskAsync(handler, contest.Statement, token),
                token => ReadAsync(database.Owner, contest.ByHand, token),
                token => ReadAsync(database.PreparingOwner, contest.ByHand, token),
                token => ReadAsync(database.Owner, contest.IndexColumns, token),
            ];
            var (ours, byHand) = (await rivals[0](cancellationToken), await rivals[1](cancellationToken));
            if (ours != byHand)
                throw new InvalidOperationException($"{contest.Name}: {ours} rows, but {byHand} by hand.");
            AddRows(table, contest, await Timings.InterleavedAsync(contest.Rounds, rivals, cancellationToken));
        }
        AnsiConsole.Write(table);
    }

    private static void AddRows(Table table, Contest contest, Timings[] timings)
    {
        string[] names =
            [contest.Name, "  by hand, the same answer from the catalog", "  the same, kept prepared", "  by hand, from the table's index columns"];
        foreach (var (name, t) in names.Zip(timings))
        {
            var ours = timings[0];
            table.AddRow(
                Markup.Escape(name), Number(t.Median), Number(t.P99), t == ours ? "" : Number(ours.Median / t.Median),
                t == ours ? "" : Number(ours.P99 / t.P99));
        }
    }

    private static async Task<int> AskAsync(RowsHandler handler, string text, CancellationToken cancellationToken)
    {
        using var outcome = await handler.RunAsync(new StatementRequest(text, Token, _ => { }), ThanoSqlParser.Parse(text), cancellationToken);
        return outcome.Table!.Rows.Count;
    }

    private static async Task<int> ReadAsync(NpgsqlDataSource database, string sql, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var values = new object[reader.FieldCount];
        var rows = 0;
        for (; await reader.ReadAsync(cancellationToken); rows++)
            reader.GetValues(values);
        return rows;
    }

    private static Task RefuseToFill(ServingModel model, IReadOnlyList<string> paths, Action<string> report, CancellationToken cancellationToken) =>
        throw new InvalidOperationException($"{paths.Count} images have no answer; the seed should hold all.");

    // No statement of these compares pictures
    private static PictureMeans NoPictures(NpgsqlDataSource owner) => new(
        new PictureCatalog(owner), (_, _, _) => throw new NotSupportedException(), (_, _, _, _) => throw new NotSupportedException(),
        (_, _, _, _, _) => throw new NotSupportedException());

    private static string Number(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
