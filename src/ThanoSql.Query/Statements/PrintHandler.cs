using ThanoSql.Language.Options;

namespace ThanoSql.Query.Statements;

/// <summary>PRINT IMAGE: the rows of its source, and which column of them the client shows as pictures.</summary>
internal sealed class PrintHandler(RowsHandler rows)
{
    public async Task<StatementOutcome> RunAsync(StatementRequest request, PrintStatement statement, CancellationToken cancellationToken)
    {
        Permission.Require(request.Token, TokenScope.Query, statement.Verb);
        if (statement.Kind != MediaKind.Image)
        {
            throw new QueryException(
                ErrorCode.NotSupported, $"PRINT {statement.Kind.ToString().ToUpperInvariant()} is not supported: this engine knows images.",
                TextPosition.Of(request.Text, statement.Span.Start), "PRINT IMAGE AS SELECT image_path FROM …");
        }
        var options = new OptionReader(request.Text, statement);
        var column = options.Text("image_col", "image_path");
        options.OptionalText("base_dir");
        options.Complete();

        var outcome = await rows.RunAsync(request, statement.Source, cancellationToken);
        if (outcome.Table?.Columns.Any(c => c.Name == column) != true)
        {
            outcome.Dispose();
            throw new QueryException(
                ErrorCode.UnknownColumn, $"The source of PRINT IMAGE has no column '{column}'.",
                TextPosition.Of(request.Text, statement.Source.Span.Start),
                "Name the column that holds image paths: OPTIONS (image_col='…').");
        }
        return outcome with { Kind = statement.Verb, Print = new PrintRequest("print_image", column) };
    }
}
