using ThanoSql.Catalog.Tokens;
using Microsoft.Extensions.Options;
using Dapper;
using Npgsql;
using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Roles;
using ThanoSql.Language;
using ThanoSql.Query.Access;
using ThanoSql.Query.Execution;
using ThanoSql.Query.Results;

namespace ThanoSql.Query.Search;

/// <summary>Keyword search for shops, with the rights of the reading role.</summary>
public sealed class Searcher(
    PipelineCatalog pipelines, ModelCatalog models, NpgsqlDataSource owner, UserDatabase users, LinkSigner signer, IOptions<QueryLimits> limits)
{
    internal async Task<SearchPage> SearchAsync(SearchRequest request, CancellationToken cancellationToken)
    {
        var target = await SearchTarget.FindAsync(pipelines, models, owner, request.Table, cancellationToken);
        request.Check(target);
        var after = await SearchCursor.ReadAsync(request, signer, cancellationToken);
        var labels = request.Keywords.Select(target.LabelOf).OfType<string>().Distinct().ToList();
        var unknown = request.Keywords.Where(k => target.LabelOf(k) is null)
            .Select(k => new UnknownKeyword(k, NearestName.Of(k, target.Labels))).ToList();
        if (request.Keywords.Count > 0 && labels.Count == 0)
            return new SearchPage(target, labels, unknown, new ResultTable([], []), null);

        using var deadline = new Deadline(limits.Value, cancellationToken);
        var table = await deadline.RunAsync(token => RunAsync(target, request, labels, after, token));
        var page = table with { Rows = [.. table.Rows.Take(request.Limit)] };
        var last = table.Rows.Count > request.Limit ? page.Rows[^1] : null;
        var next = last is null ? null : await new SearchCursor(last[6], last[0]!, last[5]!).ToTextAsync(request, signer, cancellationToken);
        return new SearchPage(target, labels, unknown, page, next);
    }

    /// <summary>The labels of a table's model and how many rows carry each; also labels that people gave and the model does not know.</summary>
    internal async Task<IReadOnlyList<KeywordCount>> KeywordsAsync(string table, CancellationToken cancellationToken)
    {
        var target = await SearchTarget.FindAsync(pipelines, models, owner, table, cancellationToken);
        var keyword = Catalog.Identifier.Quote(target.Definition.Columns.Keyword);
        var sql = $"SELECT {keyword}, count(*) FROM public.{Catalog.Identifier.Quote(table)} WHERE {keyword} IS NOT NULL GROUP BY {keyword}";
        using var deadline = new Deadline(limits.Value, cancellationToken);
        var counts = await deadline.RunAsync(async token =>
        {
            await using var session = await UserSession.OpenAsync(users, owner, TokenScope.Query, token);
            return (await session.Connection.QueryAsync<(string Label, long Rows)>(new CommandDefinition(sql, cancellationToken: token))).ToDictionary();
        });
        return [.. target.Labels.Union(counts.Keys)
            .Select(label => new KeywordCount(label, counts.GetValueOrDefault(label), target.Definition.Synonyms.GetValueOrDefault(label, [])))
            .OrderByDescending(k => k.Count).ThenBy(k => k.Keyword, StringComparer.Ordinal)];
    }

    private async Task<ResultTable> RunAsync(
        SearchTarget target, SearchRequest request, IReadOnlyList<string> labels, SearchCursor? after, CancellationToken cancellationToken)
    {
        await using var session = await UserSession.OpenAsync(users, owner, TokenScope.Query, cancellationToken);
        await using var command = SearchSql.Command(session.Connection, target, request, labels, after);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var columns = Enumerable.Range(0, reader.FieldCount)
            .Select(i => new ResultColumn(reader.GetName(i), reader.GetDataTypeOID(i), reader.GetDataTypeName(i))).ToList();
        var rows = new List<string?[]>();
        while (await reader.ReadAsync(cancellationToken))
            rows.Add([.. Enumerable.Range(0, columns.Count).Select(i => reader.IsDBNull(i) ? null : reader.GetString(i))]);
        return new ResultTable(columns, rows);
    }
}
