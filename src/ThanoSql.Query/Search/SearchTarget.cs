using System.Collections.Concurrent;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Storage.Unicode;

namespace ThanoSql.Query.Search;

/// <summary>A pipeline's table as the search endpoints see it.</summary>
/// <param name="definition">Names of its columns, and which of them may be shown, filtered and sorted by.</param>
/// <param name="columns">Of the table, by name.</param>
/// <param name="labels">Of the model in service, and those that people gave.</param>
/// <param name="renamed">Names that labels had → what they are called now.</param>
internal sealed class SearchTarget(
    PipelineDefinition definition, IReadOnlyDictionary<string, SearchColumn> columns, IReadOnlyList<string> labels,
    IReadOnlyDictionary<string, string>? renamed = null)
{
    private const int MostTexts = 200;

    private readonly ConcurrentDictionary<SearchShape, string> _statements = [];
    private readonly Lazy<KeywordCompletion> _completion = new(() => new KeywordCompletion(labels, definition.Synonyms));

    public PipelineDefinition Definition => definition;

    public IReadOnlyDictionary<string, SearchColumn> Columns => columns;

    public IReadOnlyList<string> Labels => labels;

    public SearchWords Words { get; } = new(labels, definition.Synonyms, renamed);

    public KeywordCompletion Completion => _completion.Value;

    /// <summary>Other words for a label, however the pipeline's file spells it.</summary>
    public IReadOnlyList<string> SynonymsOf(string label) => definition.Synonyms.GetValueOrDefault(label)
        ?? definition.Synonyms.FirstOrDefault(s => LabelForm.AreOne(s.Key, label)).Value ?? [];

    /// <summary>Pages of the table on the server's disk, of 8 kB.</summary>
    public long Pages { get; init; }

    /// <summary>The bucket of image paths that name none.</summary>
    public string Workspace { get; init; } = "workspace";

    /// <summary>The columns that a hit shows besides those of the index, in order, and how JSON writes their names.</summary>
    public IReadOnlyList<(string Name, JsonEncodedText Json)> Shown { get; } =
        [.. definition.Search.Columns.Where(columns.ContainsKey).Select(name => (name, JsonEncodedText.Encode(name, PandasSplit.Options.Encoder)))];

    /// <summary>
    /// Whether no code of users can run in a search: an ordinary table without policies, filtered and sorted by types that are PostgreSQL's own.
    /// </summary>
    public bool IsPlain { get; } = definition.Search.Filters.Concat(definition.Search.Sort).Append(definition.Columns.Score)
        .All(name => !columns.TryGetValue(name, out var column) || column.IsPlain);

    /// <summary>Statements that are kept.</summary>
    public int Statements => _statements.Count;

    /// <summary>The text of a statement, where it is kept.</summary>
    public string? Statement(SearchShape shape) => _statements.GetValueOrDefault(shape);

    /// <summary>Keeps a statement. There are as many shapes as somebody likes to ask for, so they begin anew when there are many.</summary>
    public string Keep(SearchShape shape, string statement)
    {
        if (_statements.Count >= MostTexts)
            _statements.Clear();
        _statements.TryAdd(shape, statement);
        return statement;
    }
}

/// <summary>A column of a searched table.</summary>
/// <param name="Type">For SQL, without length: a value is compared as it is, not cut first. Of a domain, the type beneath.</param>
/// <param name="NotNull">Whether it never holds NULL.</param>
/// <param name="IsPlain">Whether its type is PostgreSQL's own, and its table an ordinary one without policies.</param>
/// <param name="IsOrdered">Whether its values can be compared and sorted: not json, xml or points.</param>
/// <param name="TypeId">PostgreSQL's number of the type; 25 is text.</param>
internal sealed record SearchColumn(string Type, bool NotNull = false, bool IsPlain = true, bool IsOrdered = true, uint TypeId = 25);
