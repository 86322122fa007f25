using System.Text.Json;
using System.Text.Json.Nodes;
using ThanoSql.Language.Options;
using ThanoSql.Trainer.FineTuning;

namespace ThanoSql.Trainer.Building;

/// <summary>The OPTIONS of BUILD MODEL and FIT MODEL.</summary>
/// <param name="ImageCol">Null: <c>image_path</c>, or <c>image</c> where only that is there.</param>
/// <param name="Epochs">Passes over the images; each after the first sees another augmentation.</param>
/// <param name="InputSize">Side of the trunk's input in pixels; null for what its weights were trained with.</param>
/// <param name="LearningRate">Of full fine-tuning, null for its default; a head on embeddings is fitted to its optimum and has none.</param>
/// <param name="FineTune">Whether the whole trunk learns, instead of a head on its embeddings alone.</param>
/// <param name="Tuning">How it learns then.</param>
internal sealed record BuildOptions(
    string? ImageCol,
    string LabelCol,
    int BatchSize,
    int Epochs,
    double? LearningRate,
    int? InputSize,
    ColorMode Color,
    bool Overwrite,
    bool FineTune,
    TuningOptions Tuning,
    ModelDialect Dialect)
{
    /// <summary>Whether spellings of a label are one; not for those whose case tells them apart, such as letters.</summary>
    public bool MergeSpellings { get; init; } = true;

    /// <summary>Whether every label counts alike in training, however many images it has.</summary>
    public bool Balance { get; init; }

    private const int DefaultInputSize = 224;
    private const int SmallestInput = 32; // ConvNeXt halves it five times
    private const int LargestInput = 512;

    /// <summary>Whether only to say what would change.</summary>
    public bool DryRun { get; init; }

    /// <param name="statement">Parsed from <paramref name="text"/>.</param>
    /// <param name="fallback">The dialect of a text that has neither <c>epochs</c> nor <c>max_epochs</c>.</param>
    /// <exception cref="Language.ThanoSqlSyntaxException">An option is unknown, given twice, of the wrong type or out of range.</exception>
    public static BuildOptions Read(string text, Statement statement, ModelDialect fallback)
    {
        var reader = new OptionReader(text, statement);
        var options = new BuildOptions(
            reader.OptionalText("image_col"),
            reader.Text("label_col", "label"),
            reader.WholeNumber("batch_size", 16, 1, 4096),
            reader.WholeNumber("max_epochs", 3, 1, 100),
            reader.Value("learning_rate") is null or NoneValue ? null : reader.Number("learning_rate", 0, 1e-9, 10),
            reader.WholeNumberOrNone("input_size", null, SmallestInput, LargestInput),
            reader.OneOf("color", "RGB", "RGB", "GRAY") == "GRAY" ? ColorMode.Gray : ColorMode.Rgb,
            reader.Flag("overwrite", false),
            reader.Flag("fine_tune", false),
            TuningOptions.Read(reader),
            DialectOf(statement.Options, fallback))
        {
            MergeSpellings = reader.Flag("merge_spellings", true),
            DryRun = reader.Flag("dry_run", false),
            Balance = reader.Flag("balance", false),
        };
        reader.Complete();
        return options;
    }

    /// <summary>Null for what the weights were trained with.</summary>
    public Preprocessing? Preprocessing =>
        InputSize is null && Color == ColorMode.Rgb ? null : new Preprocessing(InputSize ?? DefaultInputSize, color: Color);

    /// <summary>For the catalog.</summary>
    public string ToJson()
    {
        var json = new JsonObject
        {
            ["image_col"] = ImageCol,
            ["label_col"] = LabelCol,
            ["batch_size"] = BatchSize,
            ["epochs"] = Epochs,
            ["learning_rate"] = LearningRate,
            ["input_size"] = InputSize,
            ["color"] = Color == ColorMode.Gray ? "GRAY" : "RGB",
            ["fine_tune"] = FineTune,
        };
        Tuning.AddTo(json);
        if (!MergeSpellings)
            json["merge_spellings"] = false; // said only then: versions before it knew no such option
        if (Balance)
            json["balance"] = true;
        return json.ToJsonString();
    }

    /// <param name="json">As the catalog keeps them.</param>
    public bool AreThose(string json)
    {
        using var own = JsonDocument.Parse(ToJson());
        using var other = JsonDocument.Parse(json);
        return JsonElement.DeepEquals(own.RootElement, other.RootElement);
    }

    /// <summary>In which generation a BUILD is written.</summary>
    public static ModelDialect DialectOf(OptionList options, ModelDialect fallback) =>
        options.Wrote("max_epochs") ? ModelDialect.New : options.Wrote("epochs") ? ModelDialect.Old : fallback;
}
