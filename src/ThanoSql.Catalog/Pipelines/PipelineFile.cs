using Quartz;
using ThanoSql.Storage.Unicode;

namespace ThanoSql.Catalog.Pipelines;

/// <summary>Reads pipeline files (YAML).</summary>
public static class PipelineFile
{
    private const int MaxCacheSeconds = 3600;

    /// <param name="text">The file's content.</param>
    /// <param name="file">Its name, for errors.</param>
    /// <param name="defaultBucket">Of a file that names none.</param>
    /// <param name="time">A schedule needs a time in its future; the machine's where it is null.</param>
    /// <exception cref="PipelineFileException">A key is unknown or missing, or a value is of the wrong kind; with line and the nearest
    /// key.</exception>
    public static PipelineDefinition Parse(string text, string file, string defaultBucket, TimeProvider? time = null)
    {
        var map = YamlMap.Read(text, file);
        var definition = new PipelineDefinition
        {
            Name = map.Match("name", @"\A[a-z0-9][a-z0-9_-]{0,62}\z", "lower-case letters, digits, '_' and '-'") ?? throw map.Missing("name"),
            Bucket = map.Text("bucket") ?? defaultBucket,
            Prefix = Prefix(map),
            Table = map.Column("table") ?? throw map.Missing("table"),
            ImageCol = map.Column("image_col") ?? "image_path",
            Columns = Columns(map.Map("columns")),
            Rows = map.Choice("rows", RowOrigin.Attach),
            OnDelete = map.Choice("on_delete", DeleteRule.Clear),
            Model = Model(map.Map("model") ?? throw map.Missing("model")),
            LabelCol = map.Column("label_col"),
            Schedule = Schedule(map, time ?? TimeProvider.System),
            AfterNewRows = map.Integer("after_new_rows", 1),
            Promote = Promote(map.Map("promote")),
            Synonyms = Synonyms(map.Map("synonyms")),
            Search = Search(map.Map("search")),
            Retention = Retention(map.Map("retention")),
        };
        map.RefuseOthers();
        return definition;
    }

    /// <summary>All files <c>*.yaml</c> and <c>*.yml</c> of a folder, in the order of their names.</summary>
    /// <param name="folder">Of the files.</param>
    /// <param name="defaultBucket">Of files that name none.</param>
    /// <param name="time">Schedules need a time in the future.</param>
    /// <param name="cancellationToken">Stops between two files.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="PipelineFileException">A file is wrong.</exception>
    public static async Task<IReadOnlyList<PipelineDefinition>> ReadFolderAsync(
        string folder, string defaultBucket, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no folder of pipeline files {folder}: Indexing__Pipelines names it.");
        var definitions = new List<PipelineDefinition>();
        foreach (var file in Directory.EnumerateFiles(folder).Where(IsPipeline).Order(StringComparer.Ordinal))
            definitions.Add(Parse(await File.ReadAllTextAsync(file, cancellationToken), file, defaultBucket, time));
        return definitions;
    }

    private static bool IsPipeline(string file) => Path.GetExtension(file) is ".yaml" or ".yml";

    private static string Prefix(YamlMap map)
    {
        var prefix = map.Text("prefix") ?? "";
        if (prefix.StartsWith('/'))
            throw map.Wrong("prefix", $"the prefix '{prefix}' must not begin with '/': keys of a bucket do not.");
        return prefix;
    }

    private static string? Schedule(YamlMap map, TimeProvider time)
    {
        if (map.Text("schedule") is not { } schedule)
            return null;
        try
        {
            return new CronExpression(schedule).GetNextValidTimeAfter(time.GetUtcNow()) is null
                ? throw map.Wrong("schedule", $"'schedule: {schedule}' has no time in the future. Every night at three is '0 0 3 * * ?'.")
                : schedule;
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw map.Wrong("schedule", $"'schedule: {schedule}' is not possible: {e.Message} Every night at three is '0 0 3 * * ?'.");
        }
    }

    private static IndexColumns Columns(YamlMap? map)
    {
        var names = new IndexColumns();
        if (map is null)
            return names;
        names = new IndexColumns
        {
            Keyword = map.Column("keyword") ?? names.Keyword,
            Score = map.Column("score") ?? names.Score,
            Version = map.Column("version") ?? names.Version,
            Source = map.Column("source") ?? names.Source,
        };
        if (names.All().Select(c => c.Name).Distinct(StringComparer.Ordinal).Count() < 4)
            throw map.Wrong(null, "two index columns have the same name.");
        map.RefuseOthers();
        return names;
    }

    private static PipelineModel Model(YamlMap map)
    {
        var model = new PipelineModel
        {
            Name = map.Text("name") ?? throw map.Missing("name"),
            Algorithm = map.Text("algorithm") ?? "ConvNeXt_Tiny",
            Train = map.Text("train"),
            ImageCol = map.Text("image_col") ?? "image_path",
            LabelCol = map.Text("label_col") ?? "label",
            Options = map.Map("options")?.Texts() ?? new Dictionary<string, string>(),
        };
        if (model.Algorithm == EmbeddingModel.Algorithm)
        {
            throw map.Wrong(
                "algorithm",
                $"{model.Algorithm} gives no labels, and a pipeline fills columns with them: name a classifier's, such as ConvNeXt_Tiny.");
        }
        map.RefuseOthers();
        return model;
    }

    private static PromotionRule Promote(YamlMap? map)
    {
        var rule = new PromotionRule();
        if (map is null)
            return rule;
        rule = new PromotionRule
        {
            Metric = map.Match(
                "metric", @"\A(accuracy|macro_precision|macro_recall|macro_f1)\z", "accuracy, macro_precision, macro_recall or macro_f1")
                ?? rule.Metric,
            AtLeast = map.Fraction("at_least"),
            NotWorseBy = map.Fraction("not_worse_by") ?? rule.NotWorseBy,
            Sure = map.Fraction("sure"),
            MinPerLabel = map.Integer("min_per_label", 0) ?? rule.MinPerLabel,
            AllowLabelChanges = map.Boolean("allow_label_changes") ?? rule.AllowLabelChanges,
        };
        map.RefuseOthers();
        return rule;
    }

    private static Dictionary<string, IReadOnlyList<string>> Synonyms(YamlMap? map)
    {
        var synonyms = new Dictionary<string, IReadOnlyList<string>>();
        foreach (var label in map?.Keys ?? [])
        {
            var words = (map!.List(label) ?? []).Select(PlainWord.Of).Where(word => word.Length > 0).Distinct().ToList();
            if (!synonyms.TryAdd(PlainWord.Of(label), words))
                throw map.Wrong(label, $"'{label}' is there twice, spelled in two ways.");
        }
        return synonyms;
    }

    private static SearchRule Search(YamlMap? map)
    {
        if (map is null)
            return new SearchRule();
        var rule = new SearchRule
        {
            Columns = map.List("columns") ?? [],
            Filters = map.List("filters") ?? [],
            Sort = map.List("sort") ?? [],
            CacheSeconds = map.Integer("cache_seconds", 1),
        };
        map.RefuseOthers();
        return rule.CacheSeconds > MaxCacheSeconds
            ? throw map.Wrong("cache_seconds", $"'cache_seconds' is at most {MaxCacheSeconds}: links of images end.")
            : rule;
    }

    private static RetentionRule Retention(YamlMap? map)
    {
        if (map is null)
            return new RetentionRule();
        var rule = new RetentionRule { Versions = map.Integer("versions", 1) ?? new RetentionRule().Versions };
        map.RefuseOthers();
        return rule;
    }
}

/// <summary>A pipeline file is wrong; the message names the file, the line and what to write instead.</summary>
public sealed class PipelineFileException(string file, long line, string problem, Exception? inner = null)
    : Exception($"{file}, line {line}: {problem}", inner)
{
    /// <summary>Line in the file, from 1.</summary>
    public long Line { get; } = line;
}
