using System.ComponentModel.DataAnnotations;
using ThanoSql.Storage;

namespace ThanoSql.Indexer.Doctor;

/// <summary>Runs checks side by side. One that hangs or breaks is a finding of its own, and stops no other.</summary>
internal static class Examination
{
    // For a check whose time is over to remove its test object
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <param name="checks">Each is told in its place.</param>
    /// <param name="limit">How long one may take.</param>
    /// <param name="cancellationToken">Somebody ends the program.</param>
    public static async Task<Report> RunAsync(IEnumerable<ICheck> checks, TimeSpan limit, CancellationToken cancellationToken)
    {
        var running = checks.Select(check => RunAsync(check, limit, cancellationToken)).ToList();
        return new Report(await Task.WhenAll(running));
    }

    private static async Task<Examined> RunAsync(ICheck check, TimeSpan limit, CancellationToken cancellationToken)
    {
        var since = Stopwatch.GetTimestamp();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        over.CancelAfter(limit);
        Finding finding;
        try
        {
            // On a thread of its own: a file system that hangs answers no token
            finding = await Task.Run(() => check.RunAsync(over.Token), CancellationToken.None)
                .WaitAsync(limit + (limit < Grace ? limit : Grace), CancellationToken.None);
        }
        catch (Exception late) when (late is TimeoutException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            finding = Finding.Failed(
                string.Create(CultureInfo.InvariantCulture, $"no answer within {limit.TotalSeconds:0.#} s"),
                "Look whether it hangs or is only slow: thanosql doctor --seconds gives it more time.");
        }
        catch (PostgresException absent) when (absent.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName
            or PostgresErrorCodes.UndefinedColumn)
        {
            finding = Finding.Skipped("the catalog is not there, or another release's (see migrations)");
        }
        catch (Exception broken)
        {
            finding = Finding.Failed(Reason(broken), "Mend what it says, and run thanosql doctor again.");
        }
        return new Examined(check.Name, finding, Stopwatch.GetElapsedTime(since));
    }

    private static string Reason(Exception error) => error switch
    {
        NpgsqlException => DatabaseTrouble.Describe(error),
        StoreException or ValidationException or IOException or UnauthorizedAccessException => error.Message,
        _ => $"{error.GetType().Name}: {error.Message}",
    };
}
