using ThanoSql.Catalog.Doors;
using ThanoSql.Query.Http;

namespace ThanoSql.Query.WebSockets;

/// <summary>
/// RESULT as the clients from 0.3 on read it: where PostgreSQL is, and what to ask it for the rows. They connect for every statement, also for one
/// without rows.
/// </summary>
internal static class HandedResult
{
    /// <param name="outcome">Of the statement, which has run.</param>
    /// <param name="login">Of the token.</param>
    /// <exception cref="QueryException">The rows are too many to be handed so.</exception>
    public static Frame Of(StatementOutcome outcome, DoorLogin login)
    {
        var rows = outcome.Table is { Columns.Count: > 0 } table ? InlineRows.Select(table) : null;
        return new Frame("RESULT", json =>
        {
            Write(json.Json, outcome.Print, login, rows);
            return ValueTask.CompletedTask;
        });
    }

    private static void Write(Utf8JsonWriter json, PrintRequest? print, DoorLogin login, string? rows)
    {
        json.WriteStartObject();
        json.WriteStartObject("data");
        json.WriteStartObject("workspace_db_info");
        json.WriteString("user", login.User);
        json.WriteString("password", login.Password);
        json.WriteString("database", login.Database);
        // The clients put it behind "?host=" as it is, and have no field for the port
        json.WriteString("host", string.Create(CultureInfo.InvariantCulture, $"{Uri.EscapeDataString(login.Host)}&port={login.Port}"));
        json.WriteEndObject();
        json.WriteString("response_type", rows is null ? null : "SELECT");
        json.WriteString("query_string", rows);
        json.WriteNull("extra_query_string");
        QueryReply.WritePrint(json, print);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
