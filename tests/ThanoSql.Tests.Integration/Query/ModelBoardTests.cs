using System.Net;
using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Planning;
using ThanoSql.Query.Access;
using ThanoSql.Query.Models;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Query;

/// <summary>The models as a page shows them.</summary>
public sealed class ModelBoardTests(QueryHost host) : IClassFixture<QueryHost>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private ModelBoard Board => host.Services.GetRequiredService<ModelBoard>();

    [Fact]
    public async Task A_cell_opens_its_pictures_by_links_that_end_with_the_token()
    {
        var version = await ServeAsync("cells", new VersionMetrics(
            10, 5, 3, 0.67, 0.7, 0.7, 0.7, [Line("곡물"), Line("견과")], [[1, 1], [0, 1]], 1, 1, true));
        await PictureAsync(version, "cells/a b.png", "곡물", "견과");
        await PictureAsync(version, "cells/other.png", "견과", "견과");
        var caller = new Caller(await host.TokenAsync(TokenScope.Query), "");

        var sheet = (await Board.VersionAsync(caller.Token, version, null, Cancellation)).ShouldNotBeNull();
        (sheet.HasPictures, sheet.Map.Whole, sheet.Map.Cells[0][1]).ShouldBe((true, true, 1));
        var picture = (await Board.PicturesAsync(caller, version, "곡물", "견과", Cancellation)).ShouldHaveSingleItem();

        picture.Key.ShouldBe("cells/a b.png");
        using var http = host.ClientOf(null);
        using var answer = await http.GetAsync(new Uri(picture.Link, UriKind.Relative), Cancellation);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.MediaType.ShouldStartWith("image/");
    }

    [Fact]
    public async Task Many_labels_show_those_that_are_mixed_up_most_and_any_label_in_the_middle_of_its_neighbours()
    {
        var matrix = Enumerable.Range(0, 101).Select(_ => new int[101]).ToArray();
        for (var k = 0; k < 101; k++)
            matrix[k][k] = 20;
        (matrix[70][12], matrix[12][70], matrix[40][3], matrix[50][99]) = (9, 4, 6, 1);
        var version = await ServeAsync("many", new VersionMetrics(
            10, 5, 2040, 0.9, 0.9, 0.9, 0.9, [.. Enumerable.Range(0, 101).Select(k => Line($"label {k}"))], matrix, 1, 1, true));
        var token = await host.TokenAsync(TokenScope.Query);

        var all = (await Board.VersionAsync(token, version, null, Cancellation)).ShouldNotBeNull();
        (all.Map.Whole, all.Map.Labels.Count, all.HasPictures).ShouldBe((false, ConfusionMap.Shown, false));
        new[] { "label 3", "label 12", "label 40", "label 50", "label 70", "label 99" }.ShouldBeSubsetOf(all.Map.Labels);
        all.Pairs.Select(p => (p.Label, p.Answer, p.Pictures)).ShouldBe(
            [("label 70", "label 12", 9), ("label 40", "label 3", 6), ("label 12", "label 70", 4), ("label 50", "label 99", 1)]);

        var near = (await Board.VersionAsync(token, version, "label 99", Cancellation)).ShouldNotBeNull();
        near.Map.Labels.Take(2).ShouldBe(["label 99", "label 50"]);
        near.Map.Cells[1][0].ShouldBe(1);
        (await Board.VersionAsync(token, version, "no such label", Cancellation)).ShouldNotBeNull().Map.Labels.ShouldBe(all.Map.Labels);
    }

    [Fact]
    public async Task Nothing_is_said_of_a_model_that_is_not_there_and_of_a_version_that_nobody_judged()
    {
        await host.ServeModelAsync("unjudged");
        var token = await host.TokenAsync(TokenScope.Query);
        var sheet = (await Board.FindAsync(token, "unjudged", 10, Cancellation)).ShouldNotBeNull();

        (sheet.More, sheet.Versions.Single().Number, sheet.Model.Accuracy).ShouldBe((false, 1, null));
        (await Board.VersionAsync(token, sheet.Versions[0].VersionId, null, Cancellation)).ShouldBeNull();
        (await Board.FindAsync(token, "nobody", 10, Cancellation)).ShouldBeNull();
        (await Board.ListAsync(token, Cancellation)).ShouldContain(sheet.Model);
    }

    [Fact]
    public async Task A_search_token_sees_no_models()
    {
        var token = await host.TokenAsync(TokenScope.Search);
        (await Should.ThrowAsync<QueryException>(() => Board.ListAsync(token, Cancellation))).Code.ShouldBe(ErrorCode.PermissionDenied);
        (await Should.ThrowAsync<QueryException>(() => Board.PicturesAsync(new Caller(token, ""), 1, "a", "b", Cancellation)))
            .Code.ShouldBe(ErrorCode.PermissionDenied);
    }

    private static LabelLine Line(string label) => new(label, 0.9, 0.9, 0.9, 20, 0.5f);

    private async Task<long> ServeAsync(string model, VersionMetrics metrics)
    {
        await host.ServeModelAsync(model);
        return await host.OwnerAsync<long>(
            $"""
             UPDATE thanosql.model_version v SET metrics = '{metrics.ToJson()}' FROM thanosql.model m
             WHERE m.name = '{model}' AND v.version_id = m.current_version_id RETURNING version_id
             """);
    }

    private async Task PictureAsync(long version, string key, string label, string answer)
    {
        await host.Store.EnsureBucketAsync("workspace", Cancellation);
        using var file = new MemoryStream(Picture.Of(1));
        await host.Store.WriteAsync(new ThanoSql.Storage.ObjectPath("workspace", key), file, null, Cancellation);
        await host.OwnerAsync(
            $"""
             WITH seen AS (INSERT INTO thanosql.content (sha256) VALUES (sha256('{key}')) RETURNING content_id),
             image AS (INSERT INTO thanosql.image (bucket, key, state, content_id) SELECT 'workspace', '{key}', 'indexed', content_id FROM seen)
             INSERT INTO thanosql.held_out_answer (version_id, label, answer, content_id, score)
             SELECT {version}, '{label}', '{answer}', content_id, 0.7 FROM seen
             """);
    }
}
