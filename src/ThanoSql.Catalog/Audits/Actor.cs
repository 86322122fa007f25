using ThanoSql.Catalog.Runs;

namespace ThanoSql.Catalog.Audits;

/// <summary>Who changes something, as <c>thanosql.audit</c> names them.</summary>
public static class Actor
{
    /// <summary>Somebody with a shell on the machine.</summary>
    public static string CommandLine { get; } = $"command line ({Environment.UserName})";

    public static string OfToken(string name) => $"token {name}";

    /// <summary>Who asks for a run when nobody else is named.</summary>
    public static string Of(RunTrigger trigger) => trigger switch
    {
        RunTrigger.Schedule => "schedule",
        RunTrigger.Rows => "new rows",
        _ => CommandLine,
    };

    /// <summary>Names who asks for what the rest of the connection's transaction changes.</summary>
    internal static Task<int> NameAsync(NpgsqlConnection connection, string who, CancellationToken cancellationToken) =>
        connection.Command("SELECT set_config('thanosql.actor', $1, true)", who).RunAsync(cancellationToken);
}
