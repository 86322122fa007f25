using ThanoSql.Catalog.Quality;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Catalog;

/// <summary>Whether a version in service is still right: by a week's pictures, and by what people say.</summary>
public sealed class QualityTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task New_pictures_corrections_and_drift_are_counted_by_label_and_shown_to_users()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        var version = (await world.ModelAsync("watched")).VersionId;
        await world.SqlAsync("CREATE TABLE watched (image_path text)");
        await world.Registry.RegisterAsync([CatalogWorld.Pipeline("watched", "watched", "watched")], Cancellation);
        // Judged on 40 of each label; this week's are three quarters 과일, of which ten are below 0.5
        await HoldOutAsync(world, version, "과일", 40, 0.9);
        await HoldOutAsync(world, version, "채소", 40, 0.95);
        await AddAsync(world, version, "watched/a", "과일", 50, 0.8, Now);
        await AddAsync(world, version, "watched/b", "과일", 10, 0.4, Now);
        await AddAsync(world, version, "watched/c", "채소", 20, 0.95, Now);
        await AddAsync(world, version, "watched/old", "채소", 30, 0.95, Now.AddDays(-8));
        await AddAsync(world, version, "elsewhere/x", "채소", 30, 0.95, Now);
        await world.SqlAsync("""
            INSERT INTO thanosql.label (pipeline_id, bucket, key, content_id, label, labelled_by)
            SELECT p.pipeline_id, i.bucket, i.key, i.content_id, CASE WHEN i.key LIKE 'watched/a%' THEN '채소' ELSE '과일' END, 'kim'
            FROM thanosql.pipeline p, thanosql.image i WHERE p.name = 'watched' AND i.key IN ('watched/a1', 'watched/a2', 'watched/b1')
            """);

        var quality = (await new QualityLedger(world.Database).MeasureAsync("watched", Now, Cancellation)).ShouldNotBeNull();

        quality.All.ShouldBe(new LabelQuality("", 80, 10, 3, 2, 80));
        quality.Labels.ShouldBe([new LabelQuality("과일", 60, 10, 3, 2, 40), new LabelQuality("채소", 20, 0, 0, 0, 40)]);
        quality.Keywords!.Distance.ShouldBe(0.25, 1e-9);
        quality.Keywords.IsMarked.ShouldBeTrue();
        quality.Scores!.Distance.ShouldBe(0.75, 1e-6); // 0.8 and 0.4 lie below every score that was judged
        quality.Describe().ShouldContain("people corrected 2 of 3 pictures");
        (await world.RowsAsync("""
            SELECT version, coalesce(label, '*'), pictures, unsure, round(corrected_share::numeric, 2), round(share::numeric, 2), held_out_share
            FROM thanosql.quality WHERE model = 'watched' ORDER BY label NULLS FIRST
            """)).ShouldBe(["1|*|80|10|0.67|1.00|1", "1|과일|60|10|0.67|0.75|0.5", "1|채소|20|0||0.25|0.5"]);
    }

    [Fact]
    public async Task A_model_is_due_when_it_was_not_measured_lately_and_measuring_twice_at_once_keeps_one()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        await world.ModelAsync("due");
        await world.SqlAsync("CREATE TABLE due (image_path text)");
        await world.Registry.RegisterAsync([CatalogWorld.Pipeline("due", "due", "due")], Cancellation);
        var ledger = new QualityLedger(world.Database);
        (await ledger.DueAsync(Now.AddHours(-1), Cancellation)).ShouldContain("due");

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ledger.MeasureAsync("due", Now, Cancellation)));

        (await ledger.DueAsync(Now.AddHours(-1), Cancellation)).ShouldNotContain("due");
        (await world.RowsAsync("SELECT pictures, unsure_share, score_drift FROM thanosql.quality WHERE model = 'due'")).ShouldBe(["0||"]);
        (await ledger.MeasureAsync("nobody", Now, Cancellation)).ShouldBeNull();
    }

    private static Task HoldOutAsync(CatalogWorld world, long version, string label, int count, double score) =>
        AddAsync(
            world, version, $"judged/{label}", label, count, score, Now.AddDays(-30),
            $"""
            , held AS (
                INSERT INTO thanosql.held_out (model_id, content_id, held_out)
                SELECT v.model_id, content_id, true FROM contents, thanosql.model_version v WHERE v.version_id = {version})
            """);

    private static Task AddAsync(
        CatalogWorld world, long version, string prefix, string label, int count, double score, DateTimeOffset since, string also = "") =>
        world.SqlAsync(FormattableString.Invariant($"""
            WITH contents AS (
                INSERT INTO thanosql.content (sha256, created_at)
                SELECT sha256('{prefix}{version}/'::bytea || n::text::bytea), '{since:O}' FROM generate_series(1, {count}) n RETURNING content_id),
            numbered AS (SELECT content_id, row_number() OVER (ORDER BY content_id) AS n FROM contents),
            objects AS (
                INSERT INTO thanosql.image (bucket, key, content_id, state)
                SELECT 'workspace', '{prefix}' || n, content_id, 'indexed' FROM numbered)
            {also}
            INSERT INTO thanosql.keyword (version_id, content_id, rank, keyword, score)
            SELECT {version}, content_id, 1, '{label}', {score} FROM contents
            """));
}
