namespace ThanoSql.Catalog.Labels;

/// <summary>What labels were called before: a name that a label had goes on standing for what it is called now.</summary>
public sealed class LabelRenames(NpgsqlDataSource database)
{
    /// <summary>A model's, old name → new name.</summary>
    public async Task<IReadOnlyDictionary<string, string>> OfAsync(string model, CancellationToken cancellationToken) =>
        (await database.Command("SELECT old_label, new_label FROM thanosql.renamed_label WHERE model_name = $1", model)
            .ListAsync<(string, string)>(cancellationToken)).ToDictionary(StringComparer.Ordinal);

    /// <summary>Names of models whose version in service, or whose pictures' human labels, have a label in some spelling.</summary>
    /// <param name="form">Of the label.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public Task<List<string>> ModelsAsync(string form, CancellationToken cancellationToken) => database.Command(
        """
        SELECT m.name FROM thanosql.model m JOIN thanosql.model_version v ON v.version_id = m.current_version_id WHERE v.label_forms @> ARRAY[$1]
        UNION
        SELECT p.model_name FROM thanosql.pipeline p
        WHERE EXISTS (SELECT FROM thanosql.label l
                      WHERE l.pipeline_id = p.pipeline_id AND l.state = 'confirmed' AND thanosql.label_form(l.label) = $1)
        ORDER BY 1
        """,
        form).ListAsync<string>(cancellationToken);

    /// <summary>Labels of some form that people gave pictures of a model's pipelines.</summary>
    public Task<List<string>> SaidAsync(string model, string form, CancellationToken cancellationToken) => database.Command(
        """
        SELECT DISTINCT l.label FROM thanosql.label l JOIN thanosql.pipeline p USING (pipeline_id)
        WHERE p.model_name = $1 AND thanosql.label_form(l.label) = $2 ORDER BY 1
        """,
        model, form).ListAsync<string>(cancellationToken);

    /// <summary>Whether a new name was noted since some time.</summary>
    public Task<bool> IsNotedAsync(string model, string from, string to, DateTime since, CancellationToken cancellationToken) => database.Command(
        """
        SELECT EXISTS (SELECT FROM thanosql.renamed_label
                       WHERE model_name = $1 AND old_label = $2 AND new_label = $3 AND renamed_at >= $4)
        """,
        model, from, to, since).ScalarAsync<bool>(cancellationToken);

    /// <summary>
    /// Notes a new name, and audits it; a label that gets a name back which it had frees the one between. Noting it again changes nothing.
    /// </summary>
    /// <param name="model">Its name.</param>
    /// <param name="from">As it was spelled.</param>
    /// <param name="to">As it is spelled from now on.</param>
    /// <param name="runId">The run that renames it, which knows who asked.</param>
    /// <param name="cancellationToken">Leaves all as it was.</param>
    public async Task NoteAsync(string model, string from, string to, long runId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.Command("DELETE FROM thanosql.renamed_label WHERE model_name = $1 AND old_label = $2", model, to)
            .RunAsync(cancellationToken);
        await connection.Command(
            "UPDATE thanosql.renamed_label SET new_label = $3 WHERE model_name = $1 AND new_label = $2", model, from, to).RunAsync(cancellationToken);
        await connection.Command(
            """
            WITH noted AS (
                INSERT INTO thanosql.renamed_label AS r (model_name, old_label, new_label, renamed_by)
                SELECT $1, $2, $3, coalesce((SELECT asked_by FROM thanosql.training_run WHERE run_id = $4), 'service')
                ON CONFLICT (model_name, old_label) DO UPDATE
                SET new_label = excluded.new_label, renamed_by = excluded.renamed_by, renamed_at = now() WHERE r.new_label <> excluded.new_label
                RETURNING renamed_by)
            INSERT INTO thanosql.audit (who, kind, subject, action, change)
            SELECT renamed_by, 'label', 'model ' || $1, 'rename', left($2, 200) || ' → ' || left($3, 200) FROM noted
            """,
            model, from, to, runId).RunAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}
