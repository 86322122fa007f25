using ThanoSql.Language.Options;

namespace ThanoSql.Query.Statements;

/// <summary>PRINT IMAGE: the rows of its source, and which column of them the client shows as pictures.</summary>
internal sealed class PrintHandler(RowsHandler rows)
{
    private const int MostPictures = 10_000;

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
        var print = new PrintRequest("print_image", options.Text("image_col", "image_path"))
        {
            BaseFolder = options.Text("base_dir", PrintRequest.OldHome),
            Limit = options.WholeNumber("limit", PrintRequest.UsualLimit, 1, MostPictures),
        };
        options.Complete();

        var outcome = await rows.RunAsync(request, statement.Source, cancellationToken);
        var names = ColumnsOf(outcome);
        if (outcome.Table?.Columns.Any(c => c.Name == print.Column) != true)
        {
            outcome.Dispose();
            throw new QueryException(
                ErrorCode.UnknownColumn, $"The source of PRINT IMAGE has no column '{print.Column}'; its columns are: {names}.",
                TextPosition.Of(request.Text, statement.Source.Span.Start),
                "Name the column that holds image paths: OPTIONS (image_col='…').");
        }
        return outcome with { Kind = statement.Verb, Print = print };
    }

    private static string ColumnsOf(StatementOutcome outcome) => string.Join(", ", (outcome.Table?.Columns ?? []).Select(c => c.Name));
}
