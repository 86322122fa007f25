using ThanoSql.Language.Options;
using ThanoSql.Language.Syntax;

namespace ThanoSql.Planning.Options;

/// <summary>
/// The options of PREDICT in all generations. <c>batch_size</c> and <c>input_size</c> are read and have no say: answers come from the model's own
/// embedding space.
/// </summary>
/// <param name="ImageColumn">Null for the model's own.</param>
/// <param name="ResultColumn">Null for the dialect's.</param>
/// <param name="StoreAs">The table that also keeps the result (2023).</param>
internal sealed record PredictOptions(string? ImageColumn, string? ResultColumn, string? StoreAs)
{
    public static PredictOptions Read(PredictStatement statement, string text)
    {
        var reader = new OptionReader(text, statement);
        var options = new PredictOptions(reader.OptionalText("image_col"), reader.OptionalText("result_col"), reader.OptionalText("table_name"));
        Accepted.Read(reader);
        reader.Complete();
        return options;
    }
}
