namespace ThanoSql.Query.Sdk.Search;

/// <summary>Pictures of a table by keyword: SEARCH IMAGE, as the token could say it itself.</summary>
internal sealed class KeywordPictures(StatementRunner statements)
{
    /// <returns>Paths as rows spell them, best first.</returns>
    /// <exception cref="QueryException">No such table, column, model or keyword.</exception>
    public async Task<IReadOnlyList<string>> FindAsync(
        ApiToken token, PictureTable of, string keyword, int most, CancellationToken cancellationToken)
    {
        var statement = string.Create(
            CultureInfo.InvariantCulture,
            $"SELECT {Identifier.Quote(of.Column)} FROM (SEARCH IMAGE keyword={Quote(keyword)} USING {Quote(of.Model)} "
            + $"OPTIONS (image_col={Quote(of.Column)}, top_k={most}) AS SELECT * FROM {of.Table.Sql})");
        return await statements.FirstColumnAsync(token, statement, cancellationToken);
    }

    // A string of ThanoSQL's own clauses
    private static string Quote(string text) =>
        $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
}

/// <summary>Statements of ours in a token's name.</summary>
internal static class OwnStatements
{
    /// <returns>What is not NULL of its first column.</returns>
    /// <exception cref="QueryException">It failed, or gives more than a result may hold.</exception>
    public static async Task<IReadOnlyList<string>> FirstColumnAsync(
        this StatementRunner statements, ApiToken token, string statement, CancellationToken cancellationToken)
    {
        try
        {
            using var outcome = await statements.RunAsync(new StatementRequest(statement, token, _ => { }), cancellationToken);
            return outcome.Table is { Cut: ResultCut.None } table
                ? [.. table.Rows.Select(row => row[0]).OfType<string>()]
                : throw new QueryException(
                    ErrorCode.TooLarge, "The table has more rows than a result may have (Query:Limits:Rows).", hint: "Search a part of it with SQL.");
        }
        catch (QueryException wrong) when (wrong.Position is not null)
        {
            throw new QueryException(wrong.Code, wrong.Message, position: null, wrong.Hint, wrong); // of a text that nobody wrote
        }
    }
}
