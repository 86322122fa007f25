using System.Collections.Concurrent;
using ThanoSql.Catalog.Pipelines;

namespace ThanoSql.Query.Search;

/// <summary>A pipeline's table as the search endpoints see it.</summary>
/// <param name="definition">Names of its columns, and which of them may be shown, filtered and sorted by.</param>
/// <param name="columns">Of the table, by name.</param>
/// <param name="labels">Of the model in service, and those that people gave.</param>
internal sealed class SearchTarget(PipelineDefinition definition, IReadOnlyDictionary<string, SearchColumn> columns, IReadOnlyList<string> labels)
{
    private readonly HashSet<string> _labels = [.. labels];

    public PipelineDefinition Definition => definition;

    public IReadOnlyDictionary<string, SearchColumn> Columns => columns;

    public IReadOnlyList<string> Labels => labels;

    /// <summary>The columns that a hit shows besides those of the index, in order, and how JSON writes their names.</summary>
    public IReadOnlyList<(string Name, JsonEncodedText Json)> Shown { get; } =
        [.. definition.Search.Columns.Where(columns.ContainsKey).Select(name => (name, JsonEncodedText.Encode(name, PandasSplit.Options.Encoder)))];

    /// <summary>
    /// Whether no code of users can run in a search: an ordinary table without policies, filtered and sorted by types that are PostgreSQL's own.
    /// </summary>
    public bool IsPlain { get; } = definition.Search.Filters.Concat(definition.Search.Sort).Append(definition.Columns.Score)
        .All(name => !columns.TryGetValue(name, out var column) || column.IsPlain);

    /// <summary>Texts of statements, by their shape.</summary>
    public ConcurrentDictionary<SearchShape, string> Statements { get; } = [];

    /// <summary>The label that a word stands for: itself, or by the pipeline's synonyms; null when it is neither.</summary>
    public string? LabelOf(string word) => _labels.Contains(word) ? word : definition.Synonyms.FirstOrDefault(s => s.Value.Contains(word)).Key;
}

/// <summary>A column of a searched table.</summary>
/// <param name="Type">For SQL.</param>
/// <param name="NotNull">Whether it never holds NULL.</param>
/// <param name="IsPlain">Whether its type is PostgreSQL's own, and its table an ordinary one without policies.</param>
internal sealed record SearchColumn(string Type, bool NotNull = false, bool IsPlain = true);
