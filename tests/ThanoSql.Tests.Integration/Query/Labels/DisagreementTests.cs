using System.Text.Json;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query.Labels;

/// <summary>Two people who say different things of a picture are shown; who is in force is a setting.</summary>
public sealed class DisagreementTests(LabelHost latest, SettledLabelHost settled) : IClassFixture<LabelHost>, IClassFixture<SettledLabelHost>,
    IAsyncLifetime
{
    private const string Picture = "shop/1.png";

    public async ValueTask InitializeAsync()
    {
        await latest.ResetAsync(2);
        await settled.ResetAsync(2);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task The_later_word_is_in_force_and_the_picture_is_listed_until_they_agree()
    {
        var (ann, bob) = (await latest.NewTokenAsync(TokenScope.Write), await latest.NewTokenAsync(TokenScope.Write));

        State(await latest.SayAsync(ann, Picture, "사과")).ShouldBe("사과 confirmed");
        State(await latest.SayAsync(ann, Picture, "감")).ShouldBe("감 confirmed"); // one's own mind may change
        State(await latest.SayAsync(bob, Picture, "배")).ShouldBe("배 disputed");
        (await InForceAsync(latest)).ShouldBe("배|배");
        (await latest.GetAsync("/api/v1/labels?state=disputed"))[0].GetProperty("label").GetString().ShouldBe("배");
        (await latest.GetAsync("/api/v1/labels?state=confirmed")).GetArrayLength().ShouldBe(0);

        State(await latest.SayAsync(ann, Picture, "배")).ShouldBe("배 confirmed");
        (await latest.GetAsync("/api/v1/labels?state=disputed")).GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task The_history_says_who_said_what_and_what_came_of_it()
    {
        var (ann, bob) = (await settled.NewTokenAsync(TokenScope.Write), await settled.NewTokenAsync(TokenScope.Write));
        await settled.SayAsync(ann, Picture, "사과");
        await settled.SayAsync(bob, Picture, "배");
        await settled.SayAsync(settled.Secret(TokenScope.Admin), Picture, null);

        var picture = await settled.GetAsync($"/api/v1/labels/{Picture}");

        picture.GetProperty("labels").GetArrayLength().ShouldBe(0);
        picture.GetProperty("history").EnumerateArray().Select(w => $"{w.GetProperty("label")} {w.GetProperty("in_force")}").ShouldBe(
            [" True", "배 False", "사과 True"]);
        var last = picture.GetProperty("history")[0];
        (last.GetProperty("by").GetString(), last.GetProperty("pipeline").GetString()).ShouldBe(("admin", "shop"));
        last.GetProperty("at").GetDateTime().Kind.ShouldBe(DateTimeKind.Utc);
    }

    [Fact]
    public async Task Where_administrators_settle_the_first_word_stays_until_one_of_them_says_what_is_right()
    {
        var (ann, bob) = (await settled.NewTokenAsync(TokenScope.Write), await settled.NewTokenAsync(TokenScope.Write));

        await settled.SayAsync(ann, Picture, "사과");
        State(await settled.SayAsync(bob, Picture, "배")).ShouldBe("사과 disputed");
        State(await settled.SayAsync(bob, Picture, null)).ShouldBe("사과 confirmed"); // he takes his word back, not hers
        State(await settled.SayAsync(bob, Picture, "배")).ShouldBe("사과 disputed");
        (await InForceAsync(settled)).ShouldBe("사과|사과");

        State(await settled.SayAsync(settled.Secret(TokenScope.Admin), Picture, "배")).ShouldBe("배 confirmed");
        (await InForceAsync(settled)).ShouldBe("배|배");
        State(await settled.SayAsync(ann, Picture, "사과")).ShouldBe("배 disputed");
        State(await settled.SayAsync(settled.Secret(TokenScope.Admin), Picture, "배")).ShouldBe("배 confirmed");
    }

    [Fact]
    public async Task An_overwritten_picture_is_a_new_one_and_anybodys_to_label()
    {
        var (ann, bob) = (await settled.NewTokenAsync(TokenScope.Write), await settled.NewTokenAsync(TokenScope.Write));
        await settled.SayAsync(ann, Picture, "사과");
        await settled.OwnerAsync($"""
            UPDATE thanosql.image SET content_id = (SELECT max(content_id) FROM thanosql.content) WHERE key = '{Picture}';
            UPDATE thanosql.label SET state = 'to confirm', content_id = (SELECT max(content_id) FROM thanosql.content);
            """);

        State(await settled.SayAsync(bob, Picture, "배")).ShouldBe("배 confirmed");
    }

    private static string State(JsonElement said) => $"{said.GetProperty("label").GetString()} {said.GetProperty("state").GetString()}";

    /// <summary>In the index column and in the shop's own.</summary>
    private static Task<string> InForceAsync(LabelHost host) =>
        host.OwnerAsync<string>($"SELECT keyword || '|' || truth FROM public.shop WHERE image_path = '{Picture}'");
}
