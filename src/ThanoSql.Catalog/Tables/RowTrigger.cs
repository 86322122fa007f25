using ThanoSql.Catalog.Roles;

namespace ThanoSql.Catalog.Tables;

/// <summary>
/// The trigger that fills the index columns when a shop inserts a row or changes its picture or label. A picture that nobody looked at yet becomes
/// due. Its function has the rights of <see cref="TableSessions"/>, whoever writes the row: what the assignments to the row's columns call (types and
/// casts of the table's owner) meets no more than users' rights.
/// </summary>
internal static class RowTrigger
{
    private const long LockKey = 0x526F7754726967; // "RowTrig"

    /// <summary>Makes the function that <see cref="CreateAsync"/> puts on the table: the sessions' role may make none.</summary>
    public static async Task DefineAsync(NpgsqlDataSource owner, PipelineTable table, CancellationToken cancellationToken)
    {
        await using var connection = await owner.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var role = SqlRole.Tables(connection.Database);
        await connection.Command($"SELECT pg_advisory_xact_lock({LockKey})").RunAsync(cancellationToken); // PostgreSQL fails where two define at once
        await connection.Command(Function(table)).RunAsync(cancellationToken);
        await connection.Command($"ALTER FUNCTION {FunctionName(table)}() OWNER TO {role.Quoted}").RunAsync(cancellationToken);
        await connection.Command($"REVOKE ALL ON FUNCTION {FunctionName(table)}() FROM PUBLIC").RunAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Removes the function of 0.1.0, which had the owner's rights.</summary>
    public static Task DropFormerAsync(NpgsqlDataSource owner, PipelineTable table, CancellationToken cancellationToken) =>
        owner.Command(string.Create(CultureInfo.InvariantCulture, $"DROP FUNCTION IF EXISTS thanosql.key_row_{table.Id}()"))
            .RunAsync(cancellationToken);

    public static async Task CreateAsync(TableSession session, PipelineTable table, CancellationToken cancellationToken)
    {
        var changed = table.LabelCol is { } label ? $"{table.Image}, {Identifier.Quote(label)}" : table.Image;
        // A row that arrives with its answer is the pipeline's own
        await session.Command(
            $"""
             CREATE OR REPLACE TRIGGER {InsertName(table)} BEFORE INSERT ON {table.Sql}
             FOR EACH ROW WHEN (NEW.{Identifier.Quote(table.Columns.Source)} IS NULL) EXECUTE FUNCTION {FunctionName(table)}()
             """).RunAsync(cancellationToken);
        await session.Command(
            $"""
             CREATE OR REPLACE TRIGGER {UpdateName(table)} BEFORE UPDATE OF {changed} ON {table.Sql}
             FOR EACH ROW EXECUTE FUNCTION {FunctionName(table)}()
             """).RunAsync(cancellationToken);
    }

    public static string UpdateName(PipelineTable table) => string.Create(CultureInfo.InvariantCulture, $"thanosql_key_row_{table.Id}_update");

    private static string InsertName(PipelineTable table) => string.Create(CultureInfo.InvariantCulture, $"thanosql_key_row_{table.Id}_insert");

    private static string FunctionName(PipelineTable table) => string.Create(CultureInfo.InvariantCulture, $"thanosql_tables.key_row_{table.Id}");

    private static string Function(PipelineTable table) =>
        $"""
         CREATE OR REPLACE FUNCTION {FunctionName(table)}() RETURNS trigger
             LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS {Identifier.Literal(Body(table))}
         """;

    private static string Body(PipelineTable table) =>
        $"""
         DECLARE
             entry record;
             prepared boolean := EXISTS (
                 SELECT FROM pg_attribute
                 WHERE attrelid = TG_RELID AND attname = {Identifier.Literal(table.Columns.Next().Source)} AND NOT attisdropped);
         BEGIN
             IF NEW.{table.Image} IS NULL THEN
                 SELECT NULL::text AS keyword, NULL::real AS score, NULL::integer AS number, NULL::text AS source, NULL::text AS next_keyword,
                        NULL::real AS next_score, NULL::integer AS next_number, NULL::text AS next_source INTO entry;
             ELSE
                 SELECT * INTO entry FROM thanosql.key_row(
                     {Ids(table)}, {Identifier.Literal(table.Workspace)}, {Identifier.Literal(table.Model)}, NEW.{table.Image}::text, {Label(table)});
             END IF;
             {Assign(table.Columns, "")}
             IF prepared THEN
                 {Assign(table.Columns.Next(), "next_")}
             END IF;
             RETURN NEW;
         END
         """;

    private static string Assign(IndexColumns columns, string prefix) =>
        $"NEW.{Identifier.Quote(columns.Keyword)} := entry.{prefix}keyword; NEW.{Identifier.Quote(columns.Score)} := entry.{prefix}score; "
        + $"NEW.{Identifier.Quote(columns.Version)} := entry.{prefix}number; NEW.{Identifier.Quote(columns.Source)} := entry.{prefix}source;";

    private static string Ids(PipelineTable table) => $"'{{{string.Join(',', table.PipelineIds)}}}'::integer[]";

    /// <summary>Whether the row says something new of its label, and what.</summary>
    private static string Label(PipelineTable table)
    {
        if (table.LabelCol is null)
            return "false, NULL";
        var label = Identifier.Quote(table.LabelCol);
        return $"""
            CASE WHEN TG_OP = 'INSERT' THEN NEW.{label} IS NOT NULL ELSE NEW.{label}::text IS DISTINCT FROM OLD.{label}::text END, NEW.{label}::text
            """;
    }
}
