using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Models;

namespace ThanoSql.Tests.Integration.Trainer;

/// <summary>The pictures behind a confusion matrix.</summary>
public sealed class HeldOutAnswerTests(TrainingScene scene) : IClassFixture<TrainingScene>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private HeldOutAnswers Answers => scene.Services.GetRequiredService<HeldOutAnswers>();

    private ModelLedger Ledger => scene.Services.GetRequiredService<ModelLedger>();

    [Fact]
    public async Task Each_cell_has_the_pictures_that_the_matrix_counts()
    {
        // Grey both: it can only guess
        await scene.PaintAsync("guessed", ("가", 30, 100, 100, 100), ("나", 30, 100, 100, 100));
        var version = await BuildAsync("guessed");
        var metrics = (await Ledger.MetricsAsync(version, Cancellation)).ShouldNotBeNull();

        metrics.Labels.Select(l => l.Label).ShouldBe(["가", "나"]);
        (await Answers.AreKeptAsync(version, Cancellation)).ShouldBeTrue();
        var unsure = 0;
        for (var row = 0; row < 2; row++)
        {
            for (var column = 0; column < 2; column++)
            {
                var (label, answer) = (metrics.Labels[row].Label, metrics.Labels[column].Label);
                var pictures = await Answers.ListAsync(version, label, answer, Cancellation);
                pictures.Count.ShouldBe(metrics.Confusion[row][column]);
                pictures.ShouldAllBe(p => p.Bucket == "workspace" && p.Key.StartsWith($"guessed/{label}/"));
                pictures.Select(p => p.Score).ShouldBeInOrder(SortDirection.Descending);
                unsure += pictures.Count(p => p.Score < metrics.Labels[column].Threshold);
            }
        }
        metrics.Unsure.ShouldBe(unsure);
    }

    [Fact]
    public async Task A_picture_that_is_gone_or_forgotten_is_not_shown()
    {
        await scene.PaintAsync("leaving", ("가", 20, 220, 30, 30), ("나", 20, 30, 30, 220));
        var version = await BuildAsync("leaving");
        var all = await Answers.ListAsync(version, "가", "가", Cancellation);
        all.Count.ShouldBeGreaterThanOrEqualTo(2);

        await scene.ExecuteAsync($"UPDATE thanosql.image SET state = 'gone' WHERE key = '{all[0].Key}'");
        await scene.ExecuteAsync($"""
            WITH forgotten AS (DELETE FROM thanosql.image WHERE key = '{all[1].Key}' RETURNING content_id)
            SELECT thanosql.remove_contents(array_agg(content_id)) FROM forgotten
            """);

        (await Answers.ListAsync(version, "가", "가", Cancellation)).ShouldBe(all.Skip(2));
    }

    [Fact]
    public async Task Of_a_cell_the_surest_hundred_are_kept_and_of_a_model_the_newest_versions_and_the_current_one()
    {
        await scene.PaintFruitAsync("many");
        var first = await scene.Services.GetRequiredService<VersionCatalog>().FindAsync(await BuildAsync("many"), Cancellation);
        await scene.ExecuteAsync("INSERT INTO thanosql.content (sha256) SELECT sha256(n::text::bytea) FROM generate_series(1, 120) n");
        var contents = await scene.ScalarAsync<long[]>("SELECT array_agg(content_id) FROM (SELECT content_id FROM thanosql.content LIMIT 120) c");
        HeldOutAnswer[] answers = [.. contents.Select((c, i) => new HeldOutAnswer(c, "배", "사과", i / 200f))];

        for (var n = 0; n <= HeldOutAnswers.Versions; n++)
            await AddAsync(first!, answers);

        (await scene.ScalarAsync<string>(
            $"""
             SELECT count(DISTINCT version_id) || ' ' || min(number) FILTER (WHERE number > 1) || ' ' || min(score) FILTER (WHERE number > 1)
             FROM thanosql.held_out_answer JOIN thanosql.model_version USING (version_id) WHERE model_id = {first!.ModelId}
             """)).ShouldBe("11 3 0.1");
        (await Answers.AreKeptAsync(first.VersionId, Cancellation)).ShouldBeTrue();
    }

    private async Task<long> BuildAsync(string table)
    {
        await scene.PromoteAsync($"{table}_model", TrainingScene.Build($"{table}_model", $"SELECT * FROM {table}"));
        return (await Ledger.FindAsync($"{table}_model", Cancellation)).ShouldNotBeNull().CurrentVersionId.ShouldNotBeNull();
    }

    private async Task AddAsync(ModelVersion like, IReadOnlyCollection<HeldOutAnswer> answers)
    {
        await using var connection = await scene.Database.OpenConnectionAsync(Cancellation);
        await VersionCatalog.AddAsync(
            connection, like.ModelId,
            new NewVersion(like.TrunkId, like.Labels, like.Head, like.Metrics, like.Source, like.Options, "") { Answers = answers }, Cancellation);
    }
}
