namespace ThanoSql.Planning.Pictures;

/// <summary>FUNCTION module.function: what the dialect computes from embeddings that a table holds.</summary>
internal static class FunctionRewriter
{
    private const string Mean = "compute.groupby_emb_mean";
    private const string Similarity = "compute.similarity";

    public static Task<string> RewriteAsync(Session session, FunctionStatement statement, CommonTable? scope, CancellationToken cancellationToken)
    {
        var name = $"{statement.Module.Folded}.{statement.Function.Folded}";
        if (name is not (Mean or Similarity))
        {
            var nearest = NearestName.Of(name, [Mean, Similarity]);
            throw Refused($"There is no FUNCTION {name}.", nearest is null ? $"There are {Mean} and {Similarity}." : $"Did you mean {nearest}?");
        }
        if (statement.Source is not { } source)
            throw Refused($"FUNCTION {name} reads rows, not a file.", $"FUNCTION {name} OPTIONS (…) AS SELECT * FROM …");
        var applied = new AppliedFunction(statement, source, scope, new OptionReader(session.Draft.Text, statement));
        return name == Mean
            ? MeanVectors.RewriteAsync(session, applied, cancellationToken)
            : NearestLabels.RewriteAsync(session, applied, cancellationToken);

        QueryException Refused(string message, string hint) => new(ErrorCode.NotSupported, message, session.At(statement.Span), hint);
    }
}

/// <summary>A function over the rows of a source.</summary>
internal sealed record AppliedFunction(FunctionStatement Statement, QuerySyntax Source, CommonTable? Scope, OptionReader Options)
{
    /// <summary>An option that must be there.</summary>
    /// <exception cref="QueryException">It is not.</exception>
    public VectorsOption Required(Session session, string name) => VectorsOption.Read(Options, name) ?? throw new QueryException(
        ErrorCode.OfSyntax(SyntaxErrorCodes.MissingOption),
        $"FUNCTION {Statement.Module}.{Statement.Function} needs the option {name}.", session.At(Statement.Options.Span), $"OPTIONS ({name}='…')");

    public async Task<KeptRows> KeepAsync(Session session, IReadOnlyList<string> columns, CancellationToken cancellationToken)
    {
        AnsweredSource.RefuseDuplicates(session, Statement.Verb, Source, columns);
        return await KeptRows.KeepAsync(session, Source, Scope, columns, cancellationToken);
    }
}
