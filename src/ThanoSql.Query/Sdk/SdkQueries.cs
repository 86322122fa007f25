using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using ThanoSql.Catalog.Destinations;

namespace ThanoSql.Query.Sdk;

/// <summary>Runs a statement as the SDK asks for it: rows go to a table, and what came of it into the token's log.</summary>
internal sealed partial class SdkQueries(
    StatementRunner runner, ResultDestinations destinations, QueryTemplates templates, QueryLedger log, TimeProvider time, ILogger<SdkQueries> logger)
{
    private const string BoundAsValues =
        "\nParameters of a template are bound as values: names of tables and columns have to stand in the template itself.";

    /// <exception cref="QueryException">It is not run at all; what goes wrong while it runs is an answer.</exception>
    public async Task<SdkAnswer> RunAsync(ApiToken token, SdkQuery query, CancellationToken cancellationToken)
    {
        var text = await TextAsync(token, query, cancellationToken);
        await destinations.CheckAsync(token, query.Destination, cancellationToken);
        var (messages, start) = (new ConcurrentQueue<string>(), time.GetUtcNow().UtcDateTime);
        StatementOutcome? outcome = null;
        QueryEntry Entry() => new(
            Guid.NewGuid(), FirstWord(outcome?.Kind ?? text), text, start, time.GetUtcNow().UtcDateTime, null, null, null,
            outcome?.Table?.Rows.Count ?? 0, outcome?.Affected ?? 0);
        try
        {
            outcome = await runner.RunAsync(new StatementRequest(text, token, messages.Enqueue), cancellationToken);
            var kept = query.Destination.IsKept && outcome.Table is { } table
                ? await destinations.KeepAsync(token, table, query.Destination, messages.Enqueue, cancellationToken)
                : null;
            var entry = Entry() with { DestinationTable = kept, DestinationSchema = kept is null ? null : query.Destination.Schema };
            await LogAsync(token, entry, cancellationToken);
            return new SdkAnswer(entry, outcome, [.. messages]);
        }
        catch (Exception error)
        {
            outcome?.Dispose();
            if (Answer(error) is not { } told || told.Code == ErrorCode.PermissionDenied) // by the token's scope, before it ran
                throw;
            var entry = Entry() with { ErrorResult = told.Text + (query.Values is null ? "" : BoundAsValues), TotalRecords = 0 };
            await LogAsync(token, entry, cancellationToken);
            return new SdkAnswer(entry, null, [.. messages]);
        }
    }

    /// <summary>What the SDK takes as an answer; null for an error of HTTP: that the statement was not run at all.</summary>
    public static QueryError? Answer(Exception error) =>
        error is not OperationCanceledException && QueryError.Of(error) is { Status: (< 500 and not 429) or 504 } told ? told : null;

    private async Task<string> TextAsync(ApiToken token, SdkQuery query, CancellationToken cancellationToken)
    {
        var template = query.Statement ?? (await FindAsync(token, query, cancellationToken)).Query;
        return query.Values is { } values ? TemplateText.Parse(template).Bind(values)
            : query.Statement ?? TemplateText.Parse(template).Bind(NoValues);
    }

    private static JsonElement NoValues { get; } = JsonSerializer.SerializeToElement(new { });

    private async Task<QueryTemplate> FindAsync(ApiToken token, SdkQuery query, CancellationToken cancellationToken)
    {
        var found = query.TemplateId is { } id
            ? await templates.FindAsync(token, id, cancellationToken)
            : await templates.FindAsync(token, query.TemplateName!, cancellationToken);
        return found ?? throw new QueryException(
            ErrorCode.NotFound, $"The token '{token.Name}' has no template {query.TemplateName ?? $"of number {query.TemplateId}"}.",
            hint: "GET /api/v1/query/template lists them.");
    }

    private async Task LogAsync(ApiToken token, QueryEntry entry, CancellationToken cancellationToken)
    {
        try
        {
            await log.WriteAsync(token, entry, cancellationToken);
        }
        catch (NpgsqlException error)
        {
            LogNotWritten(error.Message); // the statement has run
        }
    }

    private static string FirstWord(string text) => SqlCommandWords.Of(text).FirstOrDefault() ?? "UNKNOWN";

    [LoggerMessage(Level = LogLevel.Warning, Message = "A statement is not in its token's log: {Reason}")]
    private partial void LogNotWritten(string reason);
}

/// <summary>What came of a statement; to be disposed when it is on its way.</summary>
/// <param name="Entry">As the log has it.</param>
/// <param name="Outcome">Null: it failed.</param>
internal sealed record SdkAnswer(QueryEntry Entry, StatementOutcome? Outcome, IReadOnlyList<string> Messages) : IDisposable
{
    public void Dispose() => Outcome?.Dispose();
}
