using Npgsql;

namespace ThanoSql.Catalog.Answers;

/// <summary>What a query must know of models and pipelines before it can be planned.</summary>
public sealed class AnswerCatalog(NpgsqlDataSource database)
{
    /// <summary>A model with its current version; null when there is no such model or it has no version yet.</summary>
    public async Task<ServingModel?> FindModelAsync(string name, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("""
            SELECT m.model_id, m.name, m.image_col, m.label_col, m.dialect = 'old', v.version_id, v.trunk_id, v.labels
            FROM thanosql.model m JOIN thanosql.model_version v ON v.version_id = m.current_version_id
            WHERE m.name = $1
            """);
        command.Parameters.Add(new() { Value = name });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation)
            ? new ServingModel(
                reader.GetInt32(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetBoolean(4), reader.GetInt64(5), reader.GetInt32(6),
                reader.GetFieldValue<string[]>(7))
            : null;
    }

    public async Task<IReadOnlyList<string>> ModelNamesAsync(CancellationToken cancellation) =>
        await StringsAsync("SELECT name FROM thanosql.model WHERE current_version_id IS NOT NULL ORDER BY name", null, cancellation);

    /// <summary>Whether a model fills index columns of <c>public.</c><paramref name="table"/>, through this image column, with no row left to key.</summary>
    public async Task<bool> IsKeyedAsync(string table, string imageColumn, string model, CancellationToken cancellation)
    {
        await using var find = database.CreateCommand("""
            SELECT coalesce(definition #>> '{columns,source}', 'keyword_source')
            FROM thanosql.pipeline
            WHERE table_name = $1 AND coalesce(definition ->> 'image_col', 'image_path') = $2 AND model_name = $3 AND state = 'active'
            LIMIT 1
            """);
        find.Parameters.AddRange(new NpgsqlParameter[] { new() { Value = table }, new() { Value = imageColumn }, new() { Value = model } });
        if (await find.ExecuteScalarAsync(cancellation) is not string source) return false;

        await using var left = database.CreateCommand(
            $"SELECT NOT EXISTS (SELECT FROM public.{Identifier.Quote(table)} WHERE {Identifier.Quote(source)} IS NULL AND {Identifier.Quote(imageColumn)} IS NOT NULL)");
        return (bool)(await left.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>The label that a word stands for in the pipelines of a model: a synonym from a pipeline's file; null when there is none.</summary>
    public async Task<string?> LabelOfSynonymAsync(string model, string word, CancellationToken cancellation)
    {
        var labels = await StringsAsync("""
            SELECT s.key FROM thanosql.pipeline p, jsonb_each(coalesce(p.definition -> 'synonyms', '{}')) s
            WHERE p.model_name = $1 AND s.value ? $2
            """, [model, word], cancellation);
        return labels.Count == 0 ? null : labels[0];
    }

    /// <summary>Whether people corrected any image of the pipelines of a model.</summary>
    public async Task<bool> HasCorrectionsAsync(string model, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("SELECT EXISTS (SELECT FROM thanosql.correction WHERE model_name = $1)");
        command.Parameters.Add(new() { Value = model });
        return (bool)(await command.ExecuteScalarAsync(cancellation))!;
    }

    private async Task<IReadOnlyList<string>> StringsAsync(string sql, string[]? parameters, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(sql);
        foreach (var value in parameters ?? []) command.Parameters.Add(new() { Value = value });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var found = new List<string>();
        while (await reader.ReadAsync(cancellation)) found.Add(reader.GetString(0));
        return found;
    }
}
