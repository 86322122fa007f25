using System.Text.RegularExpressions;
using Dapper;
using ThanoSql.Language.Lexing;

namespace ThanoSql.Query.Sdk.Tables;

/// <summary>
/// Types and defaults of columns, which are SQL that somebody else wrote: each is that one thing, and nothing that goes on behind it.
/// </summary>
internal static partial class TableTypes
{
    private const int LongestDefault = 4_000;

    // No types, but words of CREATE TABLE
    private static readonly Dictionary<string, string> Serials = new(StringComparer.OrdinalIgnoreCase)
    {
        ["serial"] = "integer",
        ["bigserial"] = "bigint",
        ["smallserial"] = "smallint",
    };

    /// <exception cref="QueryException">A type or default is more than that.</exception>
    /// <exception cref="PostgresException">There is no such type.</exception>
    public static async Task CheckAsync(NpgsqlConnection connection, IReadOnlyList<ColumnBody> columns, CancellationToken cancellationToken)
    {
        foreach (var column in columns)
            Check(column);
        await FullNamesAsync(connection, columns.Select(c => c.Type), cancellationToken);
    }

    /// <summary>PostgreSQL's own parser reads each type, by itself.</summary>
    /// <returns>
    /// One name for one type, by what was written: of <c>varchar (20)</c>, <c>character varying(20)</c>; of <c>serial</c>, what it counts in.
    /// </returns>
    /// <exception cref="PostgresException">There is no such type.</exception>
    public static async Task<IReadOnlyDictionary<string, string>> FullNamesAsync(
        NpgsqlConnection connection, IEnumerable<string> types, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT pg_catalog.format_type(name::pg_catalog.regtype, NULL)
            FROM pg_catalog.unnest(@names) WITH ORDINALITY AS u (name, position) ORDER BY position
            """;
        var written = types.Distinct().ToList();
        var names = written.Select(t => Serials.GetValueOrDefault(t.Trim()) ?? t).ToArray();
        var full = await connection.QueryAsync<string>(new CommandDefinition(sql, new { names }, cancellationToken: cancellationToken));
        return written.Zip(full, (text, name) => (text, name: name + Length().Match(text).Value.Replace(" ", "", StringComparison.Ordinal)))
            .ToDictionary(t => t.text, t => t.name);
    }

    private static void Check(ColumnBody column)
    {
        if (!Type().IsMatch(column.Type))
            throw TableBody.Bad($"'{column.Type}' is no type for the column '{column.Name}'.");
        if (column.Default is { } expression)
            Check(column.Name, expression);
    }

    // What is whole in itself stays so between parentheses
    private static void Check(string column, string expression)
    {
        var depth = 0;
        var any = false;
        var wrong = expression.Length > LongestDefault || expression.Contains('\0', StringComparison.Ordinal);
        for (var token = SqlLexer.Next(expression, 0); token.Kind != TokenKind.End && !wrong; token = SqlLexer.Next(expression, token.Span.End))
        {
            any = true;
            depth += token.Is(expression, '(') ? 1 : token.Is(expression, ')') ? -1 : 0;
            wrong = depth < 0 || token.Kind == TokenKind.Parameter || token.Is(expression, ';');
        }
        if (wrong || !any || depth != 0)
            throw TableBody.Bad($"The default of the column '{column}' is no single SQL expression of at most {LongestDefault:N0} characters.");
    }

    // Neither quotes of texts nor comments can be made of these
    [GeneratedRegex(@"\A[\p{L}\p{N}_ ."",()\[\]]{1,200}\z")]
    private static partial Regex Type();

    [GeneratedRegex(@"\([0-9 ,]*\)")]
    private static partial Regex Length();
}
