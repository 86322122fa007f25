using System.Globalization;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Keywords;
using ThanoSql.Catalog.Models;
using ThanoSql.Language;
using ThanoSql.Language.Syntax;
using ThanoSql.Planning.Options;
using ThanoSql.Planning.Predict;

namespace ThanoSql.Planning.Search;

/// <summary>
/// SEARCH IMAGE by keyword: the rows whose image has the label among its stored ones, with its score, best first. What a person said of an image
/// counts with score 1 and takes the place of what the model says of it.
/// </summary>
internal static class SearchRewriter
{
    public static async Task<string> RewriteAsync(Session session, SearchStatement statement, CommonTable? scope, CancellationToken cancellationToken)
    {
        var options = SearchOptions.Read(statement, session.Draft.Text);
        var source = await AnsweredSource.OpenAsync(
            session, statement, options.Model, new(options.ImageColumn, Word: options.Keyword), scope, cancellationToken);
        RefuseDuplicate(session, statement, source, options.ResultColumn);
        var label = LabelOf(session, source.Facts, options);

        var columns = string.Join(", ", source.Columns.Select(c => $"s.{Identifier.Quote(c)}"));
        var sql = session.Draft.Compose()
            .Add($"SELECT {columns}, a.score AS {Identifier.Quote(options.ResultColumn)} FROM {Hits(source.Model, label, options.MinScore, source.Facts.HasCorrections)} AS a JOIN ");
        if (source.Table is null)
            Text.SourceText.AddTo(sql, statement.Source, scope);
        else
            sql.Add(source.Table);
        sql.Add($" AS s ON {SamePath(source, session)} ORDER BY a.score DESC, a.key");
        if (options.TopK is { } limit)
            sql.Add(string.Create(CultureInfo.InvariantCulture, $" LIMIT {limit}"));
        return sql.Build().Sql;
    }

    /// <summary>(bucket, key, score) of every image that has the label.</summary>
    private static string Hits(ServingModel model, string label, double minScore, bool corrected)
    {
        var keyword = Identifier.Literal(label);
        var byModel = string.Create(CultureInfo.InvariantCulture,
            $"SELECT a.bucket, a.key, a.score FROM thanosql.answer a WHERE a.version_id = {model.VersionId} AND a.keyword = {keyword} AND a.score >= {minScore}::real");
        if (!corrected)
            return $"({byModel})";

        var name = Identifier.Literal(model.Name);
        return $"""
            ({byModel} AND NOT EXISTS (SELECT FROM thanosql.correction c WHERE c.model_name = {name} AND c.bucket = a.bucket AND c.key = a.key)
            UNION ALL SELECT DISTINCT c.bucket, c.key, 1::real FROM thanosql.correction c WHERE c.model_name = {name} AND c.label = {keyword})
            """;
    }

    // From the hits, best first, to a pipeline's table through its ordinary index on the image column: catalog names have another collation than
    // that. Rows that were
    // kept have no index, but columns to hash.
    private static string SamePath(AnsweredSource source, Session session)
    {
        var path = $"s.{Identifier.Quote(source.ImageColumn)}::text";
        var workspace = Identifier.Literal(session.Options.Workspace);
        return source.Table is null
            ? $"{path} = ANY (thanosql.path_spellings(a.bucket, a.key, {workspace}) COLLATE \"default\")"
            : $"thanosql.object_key({path}) = a.key AND thanosql.object_bucket({path}, {workspace}) = a.bucket";
    }

    private static string LabelOf(Session session, QueryFacts facts, SearchOptions options)
    {
        var model = facts.Model;
        if (model.Labels.Contains(options.Keyword))
            return options.Keyword;
        if (facts.LabelOfWord is { } label)
            return label;

        var nearest = NearestName.Of(options.Keyword, model.Labels);
        var others = model.Labels.OrderBy(l => l == nearest ? 0 : 1).ThenBy(l => l, StringComparer.Ordinal).Take(12);
        throw new QueryException(
            ErrorCode.UnknownKeyword, $"The model '{model.Name}' has no label '{options.Keyword}'.", session.At(options.KeywordSpan),
            nearest is null
                ? $"Its labels are: {string.Join(", ", others)}."
                : $"Did you mean '{nearest}'? Its labels are: {string.Join(", ", others)}.");
    }

    private static void RefuseDuplicate(Session session, SearchStatement statement, AnsweredSource source, string result)
    {
        if (!source.Columns.Contains(result))
            return;
        throw new QueryException(
            ErrorCode.ColumnExists, $"The source already has a column '{result}'.", session.At(statement.Source.Span),
            "Choose another name: OPTIONS (result_col='…').");
    }
}
