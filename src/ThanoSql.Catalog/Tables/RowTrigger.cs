namespace ThanoSql.Catalog.Tables;

/// <summary>
/// The trigger that fills the index columns when a shop inserts a row or changes its picture or label. A picture that nobody looked at yet becomes
/// due. It locks the image's row, so that a worker's answer and a shop's row cannot pass each other unseen.
/// </summary>
internal static class RowTrigger
{
    public static async Task CreateAsync(NpgsqlConnection connection, PipelineTable table, CancellationToken cancellationToken)
    {
        var function = string.Create(CultureInfo.InvariantCulture, $"thanosql.key_row_{table.Id}");
        var changed = table.LabelCol is { } label ? $"{table.Image}, {Identifier.Quote(label)}" : table.Image;
        var source = Identifier.Quote(table.Columns.Source);
        await connection.Command(Function(function, table)).RunAsync(cancellationToken);
        // A row that arrives with its answer is the pipeline's own
        await connection.Command(
            $"""
             CREATE OR REPLACE TRIGGER {InsertName(table)} BEFORE INSERT ON {table.Sql}
             FOR EACH ROW WHEN (NEW.{source} IS NULL) EXECUTE FUNCTION {function}()
             """).RunAsync(cancellationToken);
        await connection.Command(
            $"CREATE OR REPLACE TRIGGER {UpdateName(table)} BEFORE UPDATE OF {changed} ON {table.Sql} FOR EACH ROW EXECUTE FUNCTION {function}()")
            .RunAsync(cancellationToken);
    }

    public static string UpdateName(PipelineTable table) => string.Create(CultureInfo.InvariantCulture, $"thanosql_key_row_{table.Id}_update");

    private static string InsertName(PipelineTable table) => string.Create(CultureInfo.InvariantCulture, $"thanosql_key_row_{table.Id}_insert");

    private static string Function(string name, PipelineTable table) =>
        $"""
         CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
         DECLARE
             in_bucket text := thanosql.object_bucket(NEW.{table.Image}::text, {Identifier.Literal(table.Workspace)});
             for_key text := thanosql.object_key(NEW.{table.Image}::text);
             feeding integer;
             image bigint;
             fresh boolean;
             prepared boolean := EXISTS (
                 SELECT FROM pg_attribute
                 WHERE attrelid = TG_RELID AND attname = {Identifier.Literal(table.Columns.Next().Source)} AND NOT attisdropped);
             model record;
             entry record;
         BEGIN
             {Clear(table.Columns)}
             IF prepared THEN {Clear(table.Columns.Next())} END IF;
             IF NEW.{table.Image} IS NULL THEN RETURN NEW; END IF;
             IF coalesce(for_key, '') = '' THEN NEW.{Identifier.Quote(table.Columns.Source)} := 'failed'; RETURN NEW; END IF;
             INSERT INTO thanosql.image (bucket, key, event_source) VALUES (in_bucket, for_key, 'row') ON CONFLICT DO NOTHING;
             fresh := FOUND;
             IF EXISTS (SELECT FROM thanosql.image WHERE bucket = in_bucket AND key = for_key AND state = 'indexed') THEN
                 SELECT image_id INTO image FROM thanosql.image WHERE bucket = in_bucket AND key = for_key FOR SHARE;
             ELSE
                 SELECT image_id INTO image FROM thanosql.image WHERE bucket = in_bucket AND key = for_key FOR NO KEY UPDATE;
             END IF;
             feeding := thanosql.pipeline_of({Ids(table)}, in_bucket, for_key);
             {Label(table)}
             SELECT current_version_id AS current, next_version_id AS next INTO model
             FROM thanosql.model WHERE name = {Identifier.Literal(table.Model)};
             SELECT * INTO entry FROM thanosql.index_entry(feeding, image, model.current);
             {Assign(table.Columns)}
             IF entry.source IS NULL AND NOT fresh THEN
                 PERFORM thanosql.make_due(
                     ARRAY[ROW(in_bucket, for_key, 'row', NULL, NULL, NULL)::thanosql.due_object], forget_crashes => false);
             END IF;
             IF prepared AND model.next IS NOT NULL THEN
                 SELECT * INTO entry FROM thanosql.index_entry(feeding, image, model.next);
                 {Assign(table.Columns.Next())}
             END IF;
             RETURN NEW;
         END $body$
         """;

    private static string Clear(IndexColumns columns) => string.Join(' ', columns.All().Select(c => $"NEW.{Identifier.Quote(c.Name)} := NULL;"));

    private static string Assign(IndexColumns columns) =>
        $"NEW.{Identifier.Quote(columns.Keyword)} := entry.keyword; NEW.{Identifier.Quote(columns.Score)} := entry.score; "
        + $"NEW.{Identifier.Quote(columns.Version)} := entry.version; NEW.{Identifier.Quote(columns.Source)} := entry.source;";

    private static string Ids(PipelineTable table) => $"'{{{string.Join(',', table.PipelineIds)}}}'::integer[]";

    private static string Label(PipelineTable table)
    {
        if (table.LabelCol is null)
            return "";
        var label = Identifier.Quote(table.LabelCol);
        return $"""
            IF NEW.{label} IS NOT NULL AND (TG_OP = 'INSERT' OR NEW.{label} IS DISTINCT FROM OLD.{label}) THEN
                INSERT INTO thanosql.label (pipeline_id, bucket, key, content_id, label, labelled_by)
                SELECT feeding, i.bucket, i.key, i.content_id, thanosql.label_of(feeding, NEW.{label}::text), session_user
                FROM thanosql.image i WHERE i.image_id = image
                ON CONFLICT (pipeline_id, bucket, key) DO UPDATE
                SET label = excluded.label, content_id = excluded.content_id, state = 'confirmed', labelled_by = excluded.labelled_by,
                    labelled_at = now();
            ELSIF TG_OP = 'UPDATE' AND NEW.{label} IS NULL AND OLD.{label} IS NOT NULL THEN
                DELETE FROM thanosql.label WHERE pipeline_id = feeding AND bucket = in_bucket AND key = for_key;
            END IF;
            """;
    }
}
