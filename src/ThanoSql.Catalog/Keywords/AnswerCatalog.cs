using System.Text.Json;
using Dapper;
using ThanoSql.Storage.Unicode;

namespace ThanoSql.Catalog.Keywords;

/// <summary>What a query must know of models and pipelines before it can be planned.</summary>
public sealed class AnswerCatalog(NpgsqlDataSource database)
{
    // Pipelines' files are kept as jsonb in snake case.
    private const string Find = """
        SELECT m.model_id, m.name, m.image_col, m.label_col, m.dialect, v.version_id, v.trunk_id, v.labels,
               (SELECT jsonb_object_agg(p.definition ->> 'image_col', p.definition #>> '{columns,source}')::text FROM thanosql.pipeline p
                WHERE p.table_name = $2 AND p.model_name = m.name AND p.state = 'active'
                  AND thanosql.is_keyed(p.table_name, p.definition ->> 'image_col', p.definition #>> '{columns,source}')) AS keyed_through,
               ARRAY(SELECT v.labels[f.place] FROM unnest(names.forms) n (form), unnest(array_positions(v.label_forms, n.form)) f (place)
                     UNION ALL
                     SELECT DISTINCT c.label FROM thanosql.correction c
                     WHERE $4 <> '' AND c.model_name = m.name AND thanosql.label_form(c.label) = ANY (names.forms)) AS spellings,
               (SELECT s.key FROM thanosql.pipeline p, jsonb_each(p.definition -> 'synonyms') s, jsonb_array_elements_text(s.value) w (word)
                WHERE $4 <> '' AND p.model_name = m.name
                  AND (w.word = $3 OR NOT v.label_forms @> ARRAY[$4] AND thanosql.label_form(w.word) = $4)
                ORDER BY w.word <> $3, s.key LIMIT 1) AS synonym_of,
               EXISTS (SELECT FROM thanosql.correction c WHERE c.model_name = m.name) AS has_corrections,
               (SELECT stamp FROM thanosql.model_stamp WHERE name = m.name) AS stamp
        FROM thanosql.model m JOIN thanosql.model_version v ON v.version_id = m.current_version_id
        -- A renamed label's names find each other
        CROSS JOIN LATERAL (
            SELECT array_agg(n.form) AS forms
            FROM (SELECT $4 AS form
                  UNION SELECT unnest(ARRAY[r.old_form, r.new_form]) FROM thanosql.renamed_label r
                  WHERE $4 <> '' AND r.model_name = m.name AND $4 IN (r.old_form, r.new_form)) n) names
        WHERE m.name = $1
        """;

    /// <summary>All of it in one round trip, by a statement that the connections keep prepared.</summary>
    /// <param name="model">Its name.</param>
    /// <param name="table">The table of schema <c>public</c> that the query reads; null for anything else.</param>
    /// <param name="word">The keyword that is searched; null for none.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Null when there is no such model or it has no version yet.</returns>
    public async Task<QueryFacts?> FindAsync(string model, string? table, string? word, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var command = connection.Command(Find, model, table ?? "", word ?? "", word is null ? "" : LabelForm.Of(word));
        await command.PrepareAsync(cancellationToken);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? reader.GetRowParser<Row>()(reader).ToFacts() : null;
    }

    public Task<List<string>> ModelNamesAsync(CancellationToken cancellationToken) =>
        database.Command("SELECT name FROM thanosql.model WHERE current_version_id IS NOT NULL ORDER BY name")
            .ListAsync<string>(cancellationToken);

    private sealed class Row
    {
        public int ModelId { get; init; }

        public required string Name { get; init; }

        public required string ImageCol { get; init; }

        public required string LabelCol { get; init; }

        public ModelDialect Dialect { get; init; }

        public long VersionId { get; init; }

        public int TrunkId { get; init; }

        public required string[] Labels { get; init; }

        public string? KeyedThrough { get; init; }

        public required string[] Spellings { get; init; }

        public string? SynonymOf { get; init; }

        public bool HasCorrections { get; init; }

        public required string Stamp { get; init; }

        public QueryFacts ToFacts() => new(
            new ServingModel(ModelId, Name, ImageCol, LabelCol, Dialect, VersionId, TrunkId, Labels),
            KeyedThrough is null ? [] : JsonSerializer.Deserialize<Dictionary<string, string>>(KeyedThrough)!, [.. Spellings.Distinct()], SynonymOf,
            HasCorrections, Stamp);
    }
}

/// <summary>A model in service, and what its pipelines say of one query.</summary>
/// <param name="Model">The model with its current version.</param>
/// <param name="KeyedThrough">Image columns of the query's table that this model's pipelines fill, with no row left to key; to each the column that
/// says who keyed a row.</param>
/// <param name="Spellings">Labels of the model, then those that people gave, that the searched word is a spelling of.</param>
/// <param name="SynonymOf">The label that the searched word stands for in a pipeline's file; null when it is no synonym.</param>
/// <param name="HasCorrections">Whether people corrected any image of the model's pipelines.</param>
/// <param name="Stamp">Another one as soon as the model or one of its pipelines is another: the model's row of <c>thanosql.model_stamp</c>.</param>
public sealed record QueryFacts(
    ServingModel Model, IReadOnlyDictionary<string, string> KeyedThrough, IReadOnlyList<string> Spellings, string? SynonymOf, bool HasCorrections,
    string Stamp);
