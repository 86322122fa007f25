using ThanoSql.Language.Options;
using ThanoSql.Language.Syntax;

namespace ThanoSql.Planning.Options;

/// <summary>The options of EVALUATE; null for the columns of the model's BUILD.</summary>
internal sealed record EvaluateOptions(string? ImageColumn, string? LabelColumn)
{
    public static EvaluateOptions Read(EvaluateStatement statement, string text)
    {
        var reader = new OptionReader(text, statement);
        var options = new EvaluateOptions(reader.OptionalText("image_col"), reader.OptionalText("label_col"));
        Accepted.Read(reader);
        reader.Complete();
        return options;
    }
}
