using ThanoSql.Catalog.Tokens;
using ThanoSql.Language;
using ThanoSql.Language.Options;
using ThanoSql.Language.Syntax;
using ThanoSql.Planning;
using ThanoSql.Query.Datasets;

namespace ThanoSql.Query.Statements;

/// <summary>GET THANOSQL DATASET, and GET THANOSQL MODEL, of which there are none.</summary>
public sealed class DatasetHandler(DatasetCatalog datasets)
{
    internal async Task<StatementOutcome> RunAsync(StatementRequest request, GetDatasetStatement statement, CancellationToken cancellationToken)
    {
        Permission.Require(request.Token, TokenScope.Write, statement.Verb);
        var options = new OptionReader(request.Text, statement);
        var overwrite = options.Flag("overwrite", false);
        options.Complete();
        await datasets.InstallAsync(statement.Dataset.Folded, overwrite, request.Report, cancellationToken);
        return new StatementOutcome(statement.Verb);
    }

    internal static StatementOutcome Refuse(StatementRequest request, GetModelStatement statement) => throw new QueryException(
        ErrorCode.NotSupported, $"There is no prebuilt model '{statement.Model}'.", TextPosition.Of(request.Text, statement.Model.Span.Start),
        "Build your own: BUILD MODEL my_model USING ConvNeXt_Tiny OPTIONS (image_col='…', label_col='…') AS SELECT …");
}
