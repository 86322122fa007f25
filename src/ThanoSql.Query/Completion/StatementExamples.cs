namespace ThanoSql.Query.Completion;

/// <summary>Statements to begin with, about the tables and models that there are.</summary>
internal sealed class StatementExamples(CompletionCatalog catalog)
{
    public async Task<IReadOnlyList<StatementExample>> ListAsync(ApiToken token, CancellationToken cancellationToken)
    {
        var tables = (await catalog.TablesAsync(token.Scope, cancellationToken)).Where(table => table.IsUsers).Select(table => table.Name).ToList();
        var models = await catalog.ModelsAsync(cancellationToken);
        var filled = models.SelectMany(model => model.Fills.Select(fills => (Model: model.Name, fills.Table, fills.Keyword)))
            .FirstOrDefault(f => tables.Contains(f.Table));
        if (filled.Table is null)
        {
            return
            [
                new("tables", "LIST TABLE"), new("pipelines", "SELECT * FROM thanosql.pipelines"), new("datasets", "LIST THANOSQL DATASET"),
            ];
        }
        var (name, keyword) = (SqlName.Quote(filled.Table), SqlName.Quote(filled.Keyword));
        return
        [
            new("rows", $"SELECT *\nFROM {name}\nLIMIT 20"),
            new("counts", $"SELECT {keyword}, count(*) AS rows\nFROM {name}\nGROUP BY {keyword}\nORDER BY rows DESC"),
            new("predict", $"SELECT *\nFROM (PREDICT USING {SqlName.Quote(filled.Model)} AS SELECT * FROM {name})\nLIMIT 20"),
        ];
    }
}

/// <param name="Name">What it shows.</param>
/// <param name="Text">The statement.</param>
public sealed record StatementExample(string Name, string Text);
