using Microsoft.Extensions.Options;
using Npgsql;
using ThanoSql.Catalog.Keywords;
using ThanoSql.Language;
using ThanoSql.Language.Options;
using ThanoSql.Language.Syntax;
using ThanoSql.Planning;
using ThanoSql.Query.Statements;

namespace ThanoSql.Fuzz.Statements;

/// <summary>Parser, option reader and planner in this process; the planner asks a catalog of its own.</summary>
internal sealed class StatementTarget : Target
{
    // Temporary tables of rows that were kept
    private const int CleanEvery = 500;

    private FuzzDatabase? _database;
    private QueryPlanner? _planner;
    private NpgsqlConnection? _connection;
    private long _count;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        _database = await FuzzDatabase.CreateAsync(cancellationToken);
        _planner = new QueryPlanner(
            new AnswerCatalog(_database.Owner), (_, _, _, _) => Task.CompletedTask, _database.Pictures, () => [],
            Options.Create(new SqlOptions()));
        _connection = await _database.Owner.OpenConnectionAsync(cancellationToken);
        await ExecuteAsync("SET statement_timeout = '5s'", cancellationToken);
    }

    public override byte[] Next(Random random) =>
        Encoding.UTF8.GetBytes(TextMutator.Mutate(new Grammar(random).Statement(), random)); // lone surrogates become U+FFFD

    public override bool IsDocumented(Exception exception) => exception is ThanoSqlSyntaxException or QueryException;

    public override async Task RunAsync(byte[] input, CancellationToken cancellationToken)
    {
        var text = Encoding.UTF8.GetString(input);
        Spoiled(text);
        var query = Parse(text);
        if (query.Statement is { } statement)
            new OptionReader(text, statement).Complete();
        else
            _ = SqlCommand.Of(query.Sql);
        if (text.Contains('\0', StringComparison.Ordinal))
            return; // no request gets here with one
        await PlanAsync(query, cancellationToken);
    }

    protected override async ValueTask EndAsync()
    {
        _planner?.Dispose();
        if (_connection is not null)
            await _connection.DisposeAsync();
        if (_database is not null)
            await _database.DisposeAsync();
    }

    // Parsing gives back what it read, letter by letter, and as much as was written.
    private static QuerySyntax Parse(string text)
    {
        try
        {
            var query = ThanoSqlParser.Parse(text);
            if (query.Text.Length != text.Length)
                throw new FindingException($"Of {text.Length} characters {query.Text.Length} were read, so places are wrong.");
            Check(query);
            return query;
        }
        catch (ThanoSqlSyntaxException error) when (error.Position.Offset < 0 || error.Position.Offset > text.Length || error.Message.Length == 0)
        {
            throw new FindingException($"A syntax error at {error.Position} of {text.Length} characters: {error.Message}");
        }
    }

    // Bytes that are no UTF-8 never reach the parser, but half of a surrogate pair may.
    private static void Spoiled(string text)
    {
        if (text.Length % 7 != 0)
            return;
        try
        {
            ThanoSqlParser.Parse(text.Replace('\uFFFD', '\uD83C'));
        }
        catch (ThanoSqlSyntaxException)
        {
            // As documented
        }
    }

    private static void Check(QuerySyntax query)
    {
        var at = query.Span.Start;
        foreach (var part in query.Parts)
        {
            if (part.Span.Start != at)
                throw new FindingException($"The parts of a query leave a hole or overlap at {at}.");
            at = part.Span.End;
            if (part is StatementPart { Statement: SourcedStatement sourced })
                Check(sourced.Source);
            if (part is StatementPart { Statement: FunctionStatement { Source: { } source } })
                Check(source);
        }
        if (at != query.Span.End)
            throw new FindingException($"The parts of a query end at {at}, not at {query.Span.End}.");
    }

    private async Task PlanAsync(QuerySyntax query, CancellationToken cancellationToken)
    {
        if (query.Statement is { IsNestable: false })
            return;
        if (++_count % CleanEvery == 0)
            await ExecuteAsync("DISCARD TEMP", cancellationToken);
        try
        {
            await _planner!.PlanAsync(query, _connection!, fills: _count % 16 == 0, _ => { }, cancellationToken);
        }
        catch (Exception refused) when (refused is PostgresException or QueryException)
        {
            await ExecuteAsync("ROLLBACK", cancellationToken); // as a session is reset that comes back in the middle of a transaction
            throw;
        }
    }

    private async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, _connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
