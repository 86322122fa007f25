using System.Text.RegularExpressions;
using Dapper;
using Npgsql;
using ThanoSql.Language;
using ThanoSql.Planning;

namespace ThanoSql.Query.Statements;

/// <summary>PostgreSQL names the column that was probably meant, but not the table; this does.</summary>
public sealed partial class NearestTable(NpgsqlDataSource owner)
{
    /// <summary>Whether an error says that a table is not there, and nothing else.</summary>
    internal static bool CanHelp(QueryException error) => error is { Code.Name: PostgresErrorCodes.UndefinedTable, Hint: null };

    /// <returns>The error with the nearest table of the users' schema as its hint, if there is one.</returns>
    internal async Task<QueryException> HelpAsync(QueryException error, CancellationToken cancellationToken)
    {
        if (Quoted().Match(error.Message) is not { Success: true } name)
            return error;
        await using var connection = await owner.OpenConnectionAsync(cancellationToken);
        var tables = (await connection.QueryAsync<string>(new CommandDefinition(
            "SELECT relname FROM pg_catalog.pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')",
            cancellationToken: cancellationToken))).AsList();
        return NearestName.Of(name.Groups[1].Value, tables) is { } nearest
            ? new QueryException(error.Code, error.Message, error.Position, $"Did you mean '{nearest}'?", error)
            : error;
    }

    [GeneratedRegex("\"(?:public\\.)?([^\"]+)\"")]
    private static partial Regex Quoted();
}
