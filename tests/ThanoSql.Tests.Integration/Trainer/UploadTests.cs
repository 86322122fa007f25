using Google.Protobuf;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Runs;
using ThanoSql.Storage;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Vision.Heads;
using ThanoSql.Vision.Imaging;
using ThanoSql.Vision.Models;
using ThanoSql.Vision.Onnx.Schema;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Tests.Integration.Trainer;

/// <summary>ONNX classifiers of other makers, from the store into service and out again.</summary>
public sealed class UploadTests(TrainingScene scene) : IClassFixture<TrainingScene>
{
    private const string Labels = "labels=['사과', '풀', '배']";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("first", false)]
    [InlineData("last", true)]
    public async Task An_uploaded_classifier_takes_a_models_place_and_its_answers_are_those_of_ONNX_Runtime(string table, bool channelsLast)
    {
        await scene.PaintAsync(table, ("사과", 6, 220, 30, 30), ("배", 6, 30, 30, 220), ("풀", 6, 90, 110, 100));
        await scene.PromoteAsync($"{table}_model", TrainingScene.Build($"{table}_model", $"SELECT * FROM {table}"));
        await scene.RegisterPipelineAsync(table, table, $"{table}_model");
        var file = TestClassifier.OfColours(channelsLast);
        await scene.StoreAsync($"uploads/{table}.onnx", file);

        var run = await scene.PromoteAsync(
            $"{table}_model", $"UPLOAD MODEL {table}_model OPTIONS ({Labels}, overwrite=True) FROM 'uploads/{table}.onnx'");

        run.Log.ShouldContain(
            "3 labels; pictures of 32 x 32 pixels cut from 37, pixels from 0 to 1, mean [0.485, 0.456, 0.406], " +
            "std [0.229, 0.224, 0.225]; its scores are logits.");
        (
            await scene.ScalarAsync<string>(
                $"SELECT version || ' ' || class_name || ' ' || trunk_origin FROM thanosql.models WHERE name = '{table}_model'"))
            .ShouldBe("2 User_ONNX uploaded");
        (await scene.ScalarAsync<long>($"SELECT count(*) FROM {table} WHERE keyword_version = 2 AND keyword_source = 'model'")).ShouldBe(18);
        foreach (var (path, keyword, score) in await RowsAsync(table))
        {
            var (label, probability) = await AskAsync(file, path, channelsLast);
            keyword.ShouldBe(label);
            score.ShouldBe(probability, 1e-3f);
        }
    }

    [Fact]
    public async Task A_rollback_brings_the_model_before_it_back_and_deleting_frees_all_its_files()
    {
        await scene.PaintFruitAsync("swap");
        await scene.PromoteAsync("swap_model", TrainingScene.Build("swap_model", "SELECT * FROM swap"));
        await scene.RegisterPipelineAsync("swap", "swap", "swap_model");
        await scene.StoreAsync("uploads/swap.onnx", TestClassifier.OfColours(bias: [0, 1, 0]));
        await scene.PromoteAsync("swap_model", $"UPLOAD MODEL swap_model OPTIONS ({Labels}, overwrite=True) FROM 'uploads/swap.onnx'");
        var (trunk, file) = await TrunkAsync("swap_model", 2);
        File.Exists(file).ShouldBeTrue();

        await scene.RequestAsync(r => r.RollBackAsync("swap_model", null, Cancellation));
        (await scene.RunNextAsync()).ShouldBeTrue();
        (await scene.ScalarAsync<int>("SELECT max(keyword_version) FROM swap")).ShouldBe(1);
        File.Exists(file).ShouldBeTrue();
        (await scene.RunAsync("swap_model", "DELETE MODEL swap_model")).State.ShouldBe(RunState.Promoted);

        File.Exists(file).ShouldBeFalse();
        Directory.GetFiles(scene.ModelFolder, "swap_model*").ShouldBeEmpty();
        (await scene.ScalarAsync<long>($"SELECT count(*) FROM thanosql.embedding WHERE trunk_id = {trunk}")).ShouldBe(0);
        (await scene.ScalarAsync<string>("SELECT state || ': ' || reason FROM thanosql.pipelines WHERE name = 'swap'")).ShouldBe(
            "waiting: its model was deleted");
        await scene.PromoteAsync("swap_model", $"UPLOAD MODEL swap_model OPTIONS ({Labels}) FROM 'uploads/swap.onnx'");
        (await scene.ScalarAsync<long>("SELECT count(keyword) FROM swap")).ShouldBe(24);
    }

    [Fact]
    public async Task A_trunk_that_two_models_use_stays_until_the_second_goes()
    {
        await scene.StoreAsync("uploads/shared.onnx", TestClassifier.OfColours(bias: [0, 2, 0]));
        await scene.PromoteAsync("one", $"UPLOAD MODEL one OPTIONS ({Labels}) FROM 'uploads/shared.onnx'");
        await scene.PromoteAsync("two", "UPLOAD MODEL two OPTIONS (labels=['r', 'g', 'b'], threshold=0.5) FROM 'uploads/shared.onnx'");
        var (trunk, file) = await TrunkAsync("one", 1);
        (await TrunkAsync("two", 1)).ShouldBe((trunk, file));
        (
            await scene.ScalarAsync<float[]>(
                "SELECT thresholds FROM thanosql.model_version v JOIN thanosql.model m USING (model_id) WHERE m.name = 'two'"))
            .ShouldBe([0.5f, 0.5f, 0.5f]);

        await scene.RunAsync("one", "DELETE MODEL one");
        File.Exists(file).ShouldBeTrue();
        await scene.RunAsync("two", "DELETE MODEL two");
        File.Exists(file).ShouldBeFalse();
    }

    [Fact]
    public async Task Fitting_an_uploaded_classifier_corrects_it_by_the_source_and_keeps_its_network()
    {
        await scene.PaintAsync("biased", ("사과", 12, 220, 30, 30), ("배", 12, 30, 30, 220), ("풀", 12, 30, 220, 30));
        // It calls everything grass
        await scene.StoreAsync("uploads/biased.onnx", TestClassifier.OfColours(bias: [0, 30, 0]));
        await scene.PromoteAsync("biased_model", $"UPLOAD MODEL biased_model OPTIONS ({Labels}) FROM 'uploads/biased.onnx'");
        var evaluate = await scene.RunAsync(
            "biased_model", "FIT MODEL biased_model USING biased_model OPTIONS (fine_tune=True) AS SELECT * FROM biased");
        evaluate.ErrorCode.ShouldBe("not_supported");
        evaluate.Outcome.ShouldNotBeNull().ShouldContain("Leave fine_tune out");
        (await scene.RunAsync("biased_model", "FIT MODEL biased_model USING biased_model AS SELECT * FROM biased WHERE label <> '풀'"))
            .ErrorCode.ShouldBe("labels_differ");

        await scene.PromoteAsync("biased_model", "FIT MODEL biased_model USING biased_model OPTIONS (epochs=2) AS SELECT * FROM biased");

        (
            await scene.ScalarAsync<double>(
                "SELECT (metrics ->> 'accuracy')::float8 FROM thanosql.model_versions WHERE model = 'biased_model' AND version = 2"))
            .ShouldBe(1);
        (await scene.ScalarAsync<string>("SELECT class_name FROM thanosql.models WHERE name = 'biased_model'")).ShouldBe("User_ONNX");
        (await TrunkAsync("biased_model", 2)).ShouldBe(await TrunkAsync("biased_model", 1));
    }

    [Fact]
    public async Task A_retraining_is_compared_with_the_uploaded_classifier_on_images_that_it_never_saw()
    {
        await scene.PaintFruitAsync("judged");
        // Nothing is better than the uploaded one, which is always right: a candidate passes only where the two are not compared
        await scene.RegisterPipelineAsync(
            "judged", "judged", "judged_model",
            d => d with { Prefix = "elsewhere/", Promote = new PromotionRule { NotWorseBy = -0.01, AllowLabelChanges = true } });
        await scene.StoreAsync("uploads/judged.onnx", TestClassifier.OfColours());
        await scene.PromoteAsync("judged_model", $"UPLOAD MODEL judged_model OPTIONS ({Labels}) FROM 'uploads/judged.onnx'");

        await scene.RequestAsync(r => r.TrainAsync("judged", RunTrigger.Hand, Cancellation));
        (await scene.RunNextAsync()).ShouldBeTrue();

        (
            await scene.ScalarAsync<string>(
                "SELECT state || ': ' || coalesce(reason, '') FROM thanosql.model_versions WHERE model = 'judged_model' AND version = 2"))
            .ShouldMatch(@"^rejected: its macro_f1 .* below 1\.0000 of version 1$");
    }

    [Fact]
    public async Task A_classifier_of_a_thousand_labels_is_served()
    {
        var labels = string.Join(", ", Enumerable.Range(0, 1000).Select(i => $"'label {i}'"));
        await scene.StoreAsync("uploads/thousand.onnx", new TestClassifier { Labels = 1000, Probabilities = true }.ToBytes());

        await scene.PromoteAsync("thousand", $"UPLOAD MODEL thousand OPTIONS (labels=[{labels}]) FROM 'uploads/thousand.onnx'");

        (await scene.ScalarAsync<string>(
            "SELECT labels || ' ' || (SELECT cardinality(thresholds) FROM thanosql.model_version v JOIN thanosql.model USING (model_id) " +
            "WHERE name = 'thousand') FROM thanosql.models WHERE name = 'thousand'"))
            .ShouldBe("1000 1000");
    }

    [Fact]
    public async Task What_was_published_of_an_uploaded_classifier_can_be_uploaded()
    {
        await scene.StoreAsync("uploads/round.onnx", TestClassifier.OfColours(bias: [3, 0, 0]));
        await scene.PromoteAsync("round", $"UPLOAD MODEL round OPTIONS ({Labels}, resize_size=32, threshold=0.25) FROM 'uploads/round.onnx'");
        await scene.StoreAsync("uploads/round.published.onnx", await PublishedAsync("round"));

        (await scene.RunAsync("again", $"UPLOAD MODEL again OPTIONS ({Labels}) FROM 'uploads/round.published.onnx'"))
            .Outcome.ShouldNotBeNull().ShouldContain("leave labels out");
        await scene.PromoteAsync("again", "UPLOAD MODEL again FROM 'uploads/round.published.onnx'");

        (await scene.ScalarAsync<string>("SELECT array_to_string(labels, ' ') FROM thanosql.model_versions WHERE model = 'again'"))
            .ShouldBe("사과 풀 배");
        (
            await scene.ScalarAsync<float[]>(
                "SELECT thresholds FROM thanosql.model_version v JOIN thanosql.model m USING (model_id) WHERE m.name = 'again'"))
            .ShouldBe([0.25f, 0.25f, 0.25f]);
        (await scene.ScalarAsync<string>(
            "SELECT preprocessing FROM thanosql.trunk t JOIN thanosql.model_version v USING (trunk_id) JOIN thanosql.model m USING (model_id) " +
            "WHERE m.name = 'again'")).ShouldBe("32/32/rgb");
    }

    [Fact]
    public async Task A_built_model_whose_trunk_is_not_installed_here_brings_its_own()
    {
        var weights = SafeTensors.Parse(RandomTrunk.Create(ConvNeXtVariant.Atto, 99), "elsewhere");
        var trunk = new ConvNeXtTrunk(weights);
        var random = new Random(3);
        var head = new Head(
            ["a", "b"], [.. Enumerable.Range(0, 2 * trunk.EmbeddingSize).Select(_ => random.NextSingle() - 0.5f)], [0, 0], [0.1f, 0.2f]);
        var path = Path.Combine(scene.ModelFolder, "elsewhere.onnx");
        Directory.CreateDirectory(scene.ModelFolder);
        ModelFile.Write(
            path, new ModelMetadata("m", 1, head.Labels, [0.1f, 0.2f], new TrunkIdentity(trunk.Sha256, trunk.Variant, new Preprocessing(32)), null),
            trunk, head);
        await scene.StoreAsync("uploads/elsewhere.onnx", await File.ReadAllBytesAsync(path, Cancellation));
        File.Delete(path);

        var run = await scene.PromoteAsync("elsewhere", "UPLOAD MODEL elsewhere FROM 'uploads/elsewhere.onnx'");

        run.Log.ShouldContain("the trunk inside the file is used");
        (await scene.ScalarAsync<string>("SELECT class_name FROM thanosql.models WHERE name = 'elsewhere'")).ShouldBe("User_ONNX");
    }

    [Fact]
    public async Task A_file_that_says_it_is_ours_gives_its_head_and_nothing_else()
    {
        await scene.PaintFruitAsync("ours");
        await scene.PromoteAsync("ours_model", TrainingScene.Build("ours_model", "SELECT * FROM ours"));
        var file = ModelProto.Parser.ParseFrom(await PublishedAsync("ours_model"));
        // What is left cannot run at all
        file.Graph.Node.Clear();
        file.Graph.Node.Add(new NodeProto { OpType = "Identity", Input = { "nowhere" }, Output = { ModelFile.OutputName } });
        foreach (var weights in file.Graph.Initializer.Where(i => !i.Name.StartsWith("head.", StringComparison.Ordinal)).ToList())
            file.Graph.Initializer.Remove(weights);
        await scene.StoreAsync("uploads/ours.onnx", file.ToByteArray());

        await scene.PromoteAsync("ours_again", "UPLOAD MODEL ours_again FROM 'uploads/ours.onnx'");

        (await scene.ScalarAsync<bool>("""
            SELECT a.head = b.head AND a.trunk_id = b.trunk_id
            FROM thanosql.model_version a JOIN thanosql.model m ON m.model_id = a.model_id AND m.name = 'ours_model',
                 thanosql.model_version b JOIN thanosql.model n ON n.model_id = b.model_id AND n.name = 'ours_again'
            """)).ShouldBeTrue();

        file.Graph.Initializer.Single(i => i.Name == "head.weight").Dims[0] = 3;
        await scene.StoreAsync("uploads/ours.onnx", file.ToByteArray());
        (await scene.RunAsync("ours_bad", "UPLOAD MODEL ours_bad FROM 'uploads/ours.onnx'")).ErrorCode.ShouldBe("unusable_model");
        (await scene.ScalarAsync<long>("SELECT count(*) FROM thanosql.model WHERE name = 'ours_bad'")).ShouldBe(0);
    }

    [Theory]
    [
        InlineData(
            "FROM 'uploads/nowhere.onnx'", "There is no file 'uploads/nowhere.onnx'. Paths are relative to the workspace",
            "not_found")
    ]
    [InlineData("FROM '../../etc/passwd'", "There is no file", "not_found")]
    [InlineData("FROM 'uploads/model.pth'", "torch.onnx.export", "unusable_model")]
    [InlineData("OPTIONS (framework='pytorch') FROM 'uploads/model.pth'", "torch.onnx.export", "unusable_model")]
    [InlineData("FROM 'uploads/good.onnx'", "does not name their labels", "unusable_model")]
    [InlineData("OPTIONS (labels=['a', 'b']) FROM 'uploads/good.onnx'", "3 outputs, and 2 labels", "unusable_model")]
    [
        InlineData(
            "OPTIONS (labels=['a', 'b', 'c'], input_size=64) FROM 'uploads/good.onnx'", "input_size=64 cannot be", "unusable_model")
    ]
    [InlineData("OPTIONS (labels=['a', 'b', 'c'], mean=[0, 0]) FROM 'uploads/good.onnx'", "mean has 2 values", "unusable_model")]
    [InlineData("OPTIONS (labels=['a', 'b', 'c']) FROM 'uploads/huge.onnx'", "1024 MB are the most", "too_large")]
    public async Task What_is_no_classifier_is_refused_with_what_to_do_and_leaves_nothing(string statement, string says, string code)
    {
        await scene.StoreAsync("uploads/model.pth", [(byte)'P', (byte)'K', 3, 4, 20, 0]);
        await scene.StoreAsync("uploads/good.onnx", TestClassifier.OfColours());
        await scene.StoreAsync("uploads/huge.onnx", []);
        using (var huge = File.OpenWrite(scene.FileOf("uploads/huge.onnx")))
            huge.SetLength((1L << 30) + 1);
        var before = await LeftAsync();

        var run = await scene.RunAsync("refused", $"UPLOAD MODEL refused {statement}");

        run.ErrorCode.ShouldBe(code);
        run.Outcome.ShouldNotBeNull().ShouldContain(says);
        run.ErrorOffset.ShouldBe("UPLOAD MODEL refused ".Length + statement.IndexOf("FROM ", StringComparison.Ordinal) + "FROM ".Length);
        (await LeftAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task A_bucket_that_is_not_there_is_named()
    {
        var run = await scene.RunAsync("refused", "UPLOAD MODEL refused FROM 's3://nowhere/x.onnx'");
        run.Outcome.ShouldNotBeNull().ShouldContain("nowhere");
        run.ErrorCode.ShouldNotBe("internal");
    }

    [Fact]
    public async Task An_upload_that_fails_on_the_last_steps_leaves_nothing()
    {
        await scene.StoreAsync("uploads/late.onnx", TestClassifier.OfColours(bias: [0, 0, 5]));
        await scene.ExecuteAsync("""
            CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no artifacts today'; END $$;
            CREATE TRIGGER refuse BEFORE UPDATE OF artifact ON thanosql.model_version FOR EACH ROW EXECUTE FUNCTION public.refuse();
            """);
        try
        {
            var before = await LeftAsync();
            (await scene.RunAsync("late", $"UPLOAD MODEL late OPTIONS ({Labels}) FROM 'uploads/late.onnx'")).Outcome.ShouldNotBeNull().ShouldContain(
                "no artifacts today");
            (await LeftAsync()).ShouldBe(before);
        }
        finally
        {
            await scene.ExecuteAsync("DROP TRIGGER refuse ON thanosql.model_version; DROP FUNCTION public.refuse()");
        }
        await scene.PromoteAsync("late", $"UPLOAD MODEL late OPTIONS ({Labels}) FROM 'uploads/late.onnx'");
    }

    [Fact]
    public async Task An_existing_name_is_kept_unless_overwrite_is_said()
    {
        await scene.StoreAsync("uploads/name.onnx", TestClassifier.OfColours());
        await scene.PromoteAsync("name", $"UPLOAD MODEL name OPTIONS ({Labels}) FROM 'uploads/name.onnx'");

        var second = await scene.RunAsync("name", $"UPLOAD MODEL name OPTIONS ({Labels}) FROM 'uploads/nowhere.onnx'");

        second.ErrorCode.ShouldBe("model_exists");
        second.ErrorOffset.ShouldBe("UPLOAD MODEL ".Length);
        await scene.PromoteAsync("name", $"UPLOAD MODEL name OPTIONS ({Labels}, overwrite=True) FROM '/home/jovyan/uploads/name.onnx'");
        (await scene.ScalarAsync<int>("SELECT version FROM thanosql.models WHERE name = 'name'")).ShouldBe(2);
    }

    private async Task<byte[]> PublishedAsync(string model)
    {
        var artifact = await scene.ScalarAsync<string>($"SELECT artifact FROM thanosql.model_versions WHERE model = '{model}'");
        return await File.ReadAllBytesAsync(Path.Combine(scene.ModelFolder, artifact), Cancellation);
    }

    private async Task<(int Trunk, string File)> TrunkAsync(string model, int version)
    {
        var where =
            "FROM thanosql.model_version v JOIN thanosql.model m USING (model_id) JOIN thanosql.trunk t USING (trunk_id) " +
            $"WHERE m.name = '{model}' AND v.number = {version}";
        var sha256 = await scene.ScalarAsync<string>($"SELECT weights_sha256 {where}");
        return (await scene.ScalarAsync<int>($"SELECT trunk_id {where}"), Path.Combine(scene.ModelFolder, $"uploaded-{sha256[..16]}.onnx"));
    }

    /// <summary>Files of the model folder, and rows that a model has in the catalog.</summary>
    private async Task<string> LeftAsync() =>
        string.Join(' ', Directory.CreateDirectory(scene.ModelFolder).GetFiles().Select(f => f.Name).Order()) + await scene.ScalarAsync<string>(
            "SELECT concat_ws(' ', (SELECT count(*) FROM thanosql.model), (SELECT count(*) FROM thanosql.model_version), " +
            "(SELECT count(*) FROM thanosql.embedding))");

    private async Task<List<(string Path, string? Keyword, float Score)>> RowsAsync(string table)
    {
        await using var command = scene.Database.CreateCommand($"SELECT image_path, keyword, keyword_score FROM {table}");
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        var rows = new List<(string, string?, float)>();
        while (await reader.ReadAsync(Cancellation))
            rows.Add((reader.GetString(0), reader.IsDBNull(1) ? null : reader.GetString(1), reader.GetFloat(2)));
        return rows;
    }

    private async Task<(string Label, float Probability)> AskAsync(byte[] file, string path, bool channelsLast)
    {
        await using var stored = (await scene.Store.OpenReadAsync(new ObjectPath("workspace", path), Cancellation))!;
        var pixels = ImageDecoder.Decode(await stored.ReadAllAsync(long.MaxValue, Cancellation), new Preprocessing(32));
        if (channelsLast)
            pixels = [.. Enumerable.Range(0, pixels.Length).Select(i => pixels[i % 3 * 32 * 32 + i / 3])];
        var scores = TestClassifier.Run(file, pixels, channelsLast ? [1, 32, 32, 3] : [1, 3, 32, 32]);
        var best = Array.IndexOf(scores, scores.Max());
        return (new[] { "사과", "풀", "배" }[best], 1 / scores.Sum(s => MathF.Exp(s - scores[best])));
    }
}
