using ThanoSql.Catalog.Pipelines;

namespace ThanoSql.Tests.Unit.Catalog;

public sealed class PipelineFileTests
{
    private const string Whole = """
        name: products
        bucket: shop
        prefix: products/
        table: products
        image_col: photo
        columns: { keyword: word, score: word_score, version: word_version, source: word_source }
        rows: create
        on_delete: delete
        label_col: right_label
        model:
          name: shop_foods
          algorithm: ConvNeXt_Base
          train: |
            SELECT image_path, label
            FROM diet
          image_col: image_path
          label_col: label
          options: { max_epochs: 2, color: GRAY }
        schedule: 0 0 3 * * ?
        after_new_rows: 500
        promote: { metric: accuracy, at_least: 0.8, not_worse_by: 0.02, sure: 0.95, min_per_label: 5, allow_label_changes: true }
        synonyms: { 과일: [fruit, 후르츠] }
        search: { columns: [price], filters: [price, created_at], sort: [created_at], cache_seconds: 30 }
        retention: { versions: 5 }
        """;

    [Fact]
    public void Every_key_of_a_file_is_read()
    {
        var pipeline = PipelineFile.Parse(Whole, "products.yaml", "workspace");

        (pipeline.Name, pipeline.Bucket, pipeline.Prefix, pipeline.Table, pipeline.ImageCol).ShouldBe(
            ("products", "shop", "products/", "products", "photo"));
        pipeline.Columns.All().Select(c => c.Name).ShouldBe(["word", "word_score", "word_version", "word_source"]);
        (pipeline.Rows, pipeline.OnDelete, pipeline.LabelCol).ShouldBe((RowOrigin.Create, DeleteRule.Delete, "right_label"));
        pipeline.Model.Train.ShouldBe("SELECT image_path, label\nFROM diet\n");
        pipeline.Model.Options.ShouldBe(new Dictionary<string, string> { ["max_epochs"] = "2", ["color"] = "GRAY" });
        (pipeline.Schedule, pipeline.AfterNewRows).ShouldBe(("0 0 3 * * ?", 500));
        pipeline.Promote.ShouldBe(
            new PromotionRule { Metric = "accuracy", AtLeast = 0.8, NotWorseBy = 0.02, Sure = 0.95, MinPerLabel = 5, AllowLabelChanges = true });
        pipeline.Synonyms["과일"].ShouldBe(["fruit", "후르츠"]);
        pipeline.Search.Filters.ShouldBe(["price", "created_at"]);
        pipeline.Search.CacheSeconds.ShouldBe(30);
        pipeline.Retention.Versions.ShouldBe(5);
    }

    [Fact]
    public void A_file_without_bucket_is_about_the_default_bucket()
    {
        const string File = "name: diet\ntable: diet\nmodel: { name: m }\n";

        PipelineFile.Parse(File, "diet.yaml", "shop").Bucket.ShouldBe("shop");
        PipelineFile.Parse(File + "bucket: other\n", "diet.yaml", "shop").Bucket.ShouldBe("other");
    }

    [Fact]
    public void A_file_needs_only_a_name_a_table_and_a_model()
    {
        var pipeline = PipelineFile.Parse("name: diet\ntable: diet\nmodel:\n  name: m\n", "diet.yaml", "workspace");

        (pipeline.Bucket, pipeline.Prefix, pipeline.ImageCol, pipeline.Columns.Keyword).ShouldBe(("workspace", "", "image_path", "keyword"));
        (pipeline.Rows, pipeline.OnDelete, pipeline.Retention.Versions).ShouldBe((RowOrigin.Attach, DeleteRule.Clear, 3));
    }

    [Theory]
    [InlineData("name: a\ntabel: t\nmodel: { name: m }", 1, "the key 'table' is missing")]
    [InlineData("name: a\ntable: t\nprefx: p/\nmodel: { name: m }", 3, "Did you mean 'prefix'?")]
    [InlineData("name: a\ntable: t\nmodel:\n  name: m\n  algoritm: x", 5, "Did you mean 'algorithm'?")]
    [InlineData("name: a\ntable: t\nrows: make\nmodel: { name: m }", 3, "attach or create")]
    [InlineData("name: a\ntable: t\nmodel: { name: m }\npromote:\n  at_least: 80", 5, "from 0 to 1")]
    [InlineData("name: a\ntable: t\nmodel: { name: m }\npromote:\n  sure: 1.01", 5, "from 0 to 1")]
    [InlineData("name: a\ntable: t\nmodel: { name: m }\npromote:\n  sure: NaN", 5, "from 0 to 1")]
    [InlineData("name: a\ntable: t\nmodel: { name: m }\nschedule: 0 3 * * *", 4, "5 fields")]
    [InlineData("name: a\ntable: t\nmodel: { name: m }\nschedule: 0 0 3 30 2 ?", 4, "no time in the future")]
    [InlineData("name: a\ntable: t\nmodel: { name: m }\nschedule: 0 0 3 * * ? 2020", 4, "no time in the future")]
    [InlineData("name: a\ntable: t; drop\nmodel: { name: m }", 2, "letters, digits")]
    [InlineData("name: a\ntable: t\nprefix: /home\nmodel: { name: m }", 3, "must not begin with '/'")]
    [InlineData("name: a\ntable: t\nmodel: m", 3, "indented below it")]
    [InlineData("name: [a", 2, "did not find expected")]
    [InlineData("name: a\n[b]: c", 2, "must be a word")]
    [InlineData("", 1, "one mapping")]
    [InlineData(":\n :", 3, "did not find expected key")] // YamlDotNet's loader: ArgumentException
    [InlineData("- [\na", 1, "no YAML")] // YamlDotNet: InvalidOperationException
    public void A_wrong_file_is_refused_with_its_name_the_line_and_what_to_write(string text, long line, string expected)
    {
        var error = Should.Throw<PipelineFileException>(() => PipelineFile.Parse(text, "shop.yaml", "workspace"));

        error.Message.ShouldStartWith("shop.yaml, line ");
        error.Message.ShouldContain(expected);
        error.Line.ShouldBe(line);
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    public void A_file_that_is_nested_without_end_is_refused_and_ends_no_process(string nest)
    {
        var text = $"name: a\ntable: {string.Concat(Enumerable.Repeat(nest, 50_000))}";

        var error = Should.Throw<PipelineFileException>(() => PipelineFile.Parse(text, "shop.yaml", "workspace"));

        error.Message.ShouldStartWith("shop.yaml, line 2");
    }

    [Fact]
    public async Task A_folder_gives_its_yaml_and_yml_files_and_must_be_there()
    {
        var folder = Directory.CreateTempSubdirectory("pipelines-").FullName;
        foreach (var name in new[] { "b.yml", "a.yaml", "c.txt" })
        {
            await File.WriteAllTextAsync(
                Path.Combine(folder, name), $"name: {name[0]}\ntable: t\nmodel: {{ name: m }}", TestContext.Current.CancellationToken);
        }

        (await PipelineFile.ReadFolderAsync(folder, "workspace", TimeProvider.System, TestContext.Current.CancellationToken)).Select(p => p.Name)
            .ShouldBe(["a", "b"]);
        Directory.Delete(folder, recursive: true);
        var missing = await Should.ThrowAsync<DirectoryNotFoundException>(
            () => PipelineFile.ReadFolderAsync(folder, "workspace", TimeProvider.System, TestContext.Current.CancellationToken));
        missing.Message.ShouldContain("Indexing__Pipelines");
    }
}
