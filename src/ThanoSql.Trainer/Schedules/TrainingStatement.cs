using System.Globalization;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Planning;

namespace ThanoSql.Trainer.Schedules;

/// <summary>What a pipeline's model is trained with, as the statement that a person would write.</summary>
public static class TrainingStatement
{
    /// <exception cref="QueryException">The pipeline has no training statement.</exception>
    public static string Of(PipelineDefinition pipeline)
    {
        var model = pipeline.Model;
        if (model.Train is null)
        {
            throw new QueryException(
                ErrorCode.EmptySource,
                $"Pipeline '{pipeline.Name}' has no training statement: write model: train: \"SELECT …\" into its file.");
        }
        string[] options =
        [
            $"image_col={Text(model.ImageCol)}", $"label_col={Text(model.LabelCol)}", "overwrite=True",
            .. model.Options.Select(o => $"{o.Key}={Value(o.Value)}"),
        ];
        return $"BUILD MODEL {Identifier.Quote(model.Name)} USING {model.Algorithm} OPTIONS ({string.Join(", ", options)}) AS {model.Train}";
    }

    private static string Value(string text) =>
        double.TryParse(text, CultureInfo.InvariantCulture, out _) || text is "True" or "False" or "true" or "false" or "None" ? text : Text(text);

    private static string Text(string text) =>
        $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
}
