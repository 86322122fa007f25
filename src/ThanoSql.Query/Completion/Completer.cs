using ThanoSql.Catalog.Models;
using ThanoSql.Language.Completion;
using ThanoSql.Query.Search;

namespace ThanoSql.Query.Completion;

/// <summary>Completes a statement while it is written: tables, columns, models, labels and words, as the place asks for.</summary>
internal sealed class Completer(CompletionCatalog catalog)
{
    private const int Most = 50;

    // Statements that a model without labels cannot answer
    private static readonly string[] ForLabels = ["PREDICT", "EVALUATE", "FIT"];

    // The names that PREDICT gives its answer
    private static readonly string[] Answers = ["predicted", "predict_result"];
    private static readonly string[] Algorithms = ["ConvNeXt_Tiny", "ConvNeXt_Base", "ConvNeXt_Atto", EmbeddingModel.Algorithm];

    /// <param name="text">Of the editor.</param>
    /// <param name="caret">In UTF-16 code units from 0.</param>
    /// <param name="token">Whose rights count.</param>
    /// <param name="cancellationToken">Ends the look at the catalog.</param>
    public async Task<Suggestions> CompleteAsync(string text, int caret, ApiToken token, CancellationToken cancellationToken)
    {
        var at = CaretReader.Read(text, caret);
        var items = at.Place switch
        {
            CaretPlace.Start => Words(Keywords.Starts, at.Typed),
            CaretPlace.Keyword => Words(Keywords.All, at.Typed),
            CaretPlace.Algorithm => Named(Algorithms.Select(name => new Suggestion(name, name, SuggestionKind.Model)), at.Typed),
            CaretPlace.Table => await TablesAsync(at, token, cancellationToken),
            CaretPlace.Column => await ColumnsAsync(at, token, cancellationToken),
            CaretPlace.Model => Named(await ModelsAsync(at, cancellationToken), at.Typed),
            CaretPlace.Label => await LabelsAsync(at, text[caret..], cancellationToken),
            _ => [],
        };
        return new Suggestions(at.Start, [.. items.Take(Most)])
        {
            AreExpected = at.Place is CaretPlace.Table or CaretPlace.Model or CaretPlace.Algorithm or CaretPlace.Label || at.Qualifier is not null,
        };
    }

    private async Task<IEnumerable<Suggestion>> ModelsAsync(Caret at, CancellationToken cancellationToken) =>
        (await catalog.ModelsAsync(cancellationToken)).Where(m => m.HasLabels || !ForLabels.Contains(at.Verb)).Select(ModelOf);

    private static Suggestion ModelOf(KnownModel model) =>
        new(model.Name, SqlName.Quote(model.Name), SuggestionKind.Model, model.Algorithm);

    private async Task<IEnumerable<Suggestion>> TablesAsync(Caret at, ApiToken token, CancellationToken cancellationToken)
    {
        var tables = (await catalog.TablesAsync(token.Scope, cancellationToken))
            .Where(table => at.Qualifier is null || table.Schema == at.Qualifier)
            .Select(table => TableOf(table, at.Qualifier is not null));
        if (at.Qualifier is not null)
            return Named(tables, at.Typed);
        var models = (await catalog.ModelsAsync(cancellationToken)).SelectMany(model => model.Fills.Take(1).Select(fills => new Suggestion(
            $"PREDICT {model.Name}",
            $"(PREDICT USING {SqlName.Quote(model.Name)} AS SELECT * FROM {SqlName.Quote(fills.Table)})", SuggestionKind.Model, fills.Table)));
        return Named(tables, at.Typed).Concat(Named(models, at.Typed));
    }

    private static Suggestion TableOf(VisibleTable table, bool isQualified)
    {
        var name = table.IsUsers || isQualified ? table.Name : $"{table.Schema}.{table.Name}";
        var text = table.IsUsers || isQualified ? SqlName.Quote(table.Name) : $"{table.Schema}.{SqlName.Quote(table.Name)}";
        return new Suggestion(name, text, SuggestionKind.Table);
    }

    private async Task<IEnumerable<Suggestion>> ColumnsAsync(Caret at, ApiToken token, CancellationToken cancellationToken)
    {
        var tables = await catalog.TablesAsync(token.Scope, cancellationToken);
        var named = at.Qualifier is null
            ? at.Tables
            : [.. at.Tables.Where(t => t.Alias == at.Qualifier || (t.Alias is null && t.Name == at.Qualifier))];
        var read = named.Count > 0
            ? tables.Where(table => named.Any(t => t.Name == table.Name && (t.Schema ?? "public") == table.Schema)).ToList()
            : at.Qualifier is null ? [.. tables.Where(table => table.IsUsers)] : [];
        var columns = read.SelectMany(table => table.Columns.Select(column => new Suggestion(
            column.Name, SqlName.Quote(column.Name), SuggestionKind.Column, read.Count > 1 ? $"{column.Type} · {table.Name}" : column.Type)));
        if (at.Models.Count > 0)
            columns = columns.Concat(Answers.Select(name => new Suggestion(name, name, SuggestionKind.Column, "text")));
        var found = Named(columns.DistinctBy(c => c.Name), at.Typed);
        return at.Qualifier is null && at.Typed.Length > 0 ? found.Concat(Words(Keywords.All, at.Typed)) : found;
    }

    private async Task<IEnumerable<Suggestion>> LabelsAsync(Caret at, string behind, CancellationToken cancellationToken)
    {
        var tables = at.Tables.Select(t => t.Name).ToHashSet();
        var labels = new List<string>();
        foreach (var model in await catalog.ModelsAsync(cancellationToken))
        {
            var isAsked = Answers.Contains(at.Column) ? at.Models.Count == 0 || at.Models.Contains(model.Name)
                : at.Column == model.LabelCol || model.Says(at.Column, tables);
            if (isAsked)
                labels.AddRange(await catalog.LabelsAsync(model.Name, cancellationToken));
        }
        var close = behind.StartsWith('\'') ? "" : "'";
        return new KeywordCompletion(labels.Distinct(), new Dictionary<string, IReadOnlyList<string>>())
            .Find(at.Typed.Replace("''", "'", StringComparison.Ordinal), _ => 0)
            .Select(found => new Suggestion(
                found.Label, found.Label.Replace("'", "''", StringComparison.Ordinal) + close, SuggestionKind.Label));
    }

    // Those that begin with what was typed, then those that hold it
    private static IEnumerable<Suggestion> Named(IEnumerable<Suggestion> all, string typed)
    {
        var list = all.Where(s => s.Name.Contains(typed, StringComparison.OrdinalIgnoreCase)).ToList();
        return list.OrderBy(s => !s.Name.StartsWith(typed, StringComparison.OrdinalIgnoreCase));
    }

    private static IEnumerable<Suggestion> Words(IEnumerable<string> words, string typed) =>
        words.Where(word => word.StartsWith(typed, StringComparison.OrdinalIgnoreCase))
            .Select(word => new Suggestion(word, word, SuggestionKind.Keyword));
}
