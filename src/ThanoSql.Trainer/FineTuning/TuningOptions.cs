using System.Text.Json.Nodes;
using ThanoSql.Language.Options;

namespace ThanoSql.Trainer.FineTuning;

/// <summary>The OPTIONS that count with <c>fine_tune=True</c> alone; null for what <see cref="Vision.FineTuning.FineTuneOptions"/> takes.</summary>
/// <param name="TrainingSize">Side of the input in pixels while the trunk learns.</param>
/// <param name="FrozenStages">The first stages that do not learn, and the stem with them.</param>
/// <param name="LayerDecay">Rate of a block over that of the block behind it.</param>
/// <param name="Averaging">What the average of the weights keeps of itself at each step.</param>
/// <param name="MixUp">How much images are mixed.</param>
internal sealed record TuningOptions(int? TrainingSize, int? FrozenStages, double? LayerDecay, double? Averaging, double? MixUp)
{
    private const int SideStep = 32; // ConvNeXt halves it five times
    private const int LargestSide = 512;

    /// <exception cref="Language.ThanoSqlSyntaxException">An option is of the wrong type or out of range.</exception>
    public static TuningOptions Read(OptionReader reader) => new(
        reader.MultipleOrNone("training_size", SideStep, LargestSide),
        reader.WholeNumberOrNone("frozen_stages", null, 0, 3),
        NumberOrNone(reader, "layer_decay", 0.1, 1),
        NumberOrNone(reader, "averaging", 0, 0.9999),
        NumberOrNone(reader, "mix_up", 0, 1));

    /// <summary>Adds what was given: versions from before an option was known have none of its name.</summary>
    public void AddTo(JsonObject json)
    {
        Add("training_size", TrainingSize);
        Add("frozen_stages", FrozenStages);
        Add("layer_decay", LayerDecay);
        Add("averaging", Averaging);
        Add("mix_up", MixUp);

        void Add(string name, double? value)
        {
            if (value is { } given)
                json[name] = given;
        }
    }

    private static double? NumberOrNone(OptionReader reader, string name, double least, double most) =>
        reader.Value(name) is null or NoneValue ? null : reader.Number(name, 0, least, most);
}
