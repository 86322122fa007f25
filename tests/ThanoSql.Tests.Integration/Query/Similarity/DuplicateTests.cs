using System.Text.Json;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query.Similarity;

/// <summary>Groups of pictures that are one, or look as if they were, over HTTP.</summary>
public sealed class DuplicateTests(GoodsHost host) : IClassFixture<GoodsHost>, IAsyncLifetime
{
    private const string All = "duplicates?table=goods";

    private static readonly string[] Twice = ["content: goods/twice/first.png goods/twice/second.png"];

    private static string[] EachThing =>
    [
        .. Goods.Things.Select(thing => "similar: " + string.Join(
            ' ',
            new[] { $"goods/{thing}-again.jpg", $"goods/{thing}-small.jpg", $"goods/{thing}.png", $"goods/new/{thing}-cropped.png" }
                .Order(StringComparer.Ordinal))),
    ];

    public async ValueTask InitializeAsync()
    {
        if (await host.OwnerAsync<bool>("SELECT EXISTS (SELECT FROM public.goods WHERE price = 100)"))
            return;
        await host.AddAsync("goods", "goods/twice/first.png", Goods.Of("grain", 40), 100, "채소");
        await host.AddAsync("goods", "goods/twice/second.png", Goods.Of("grain", 40), 101, "과일");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(100)]
    public async Task Each_group_comes_once_whatever_the_pages_and_equal_files_are_told_from_lookalikes(int limit)
    {
        (await GroupsAsync($"{All}&limit={limit}")).ShouldBe(EachThing.Concat(Twice), ignoreOrder: true);
    }

    [Fact]
    public async Task The_first_picture_of_a_group_comes_first_and_the_others_by_their_similarity_to_it()
    {
        var (_, body) = await host.AskAsync($"{All}&name.ne=none&limit=100");

        foreach (var group in body.GetProperty("groups").EnumerateArray())
        {
            var similarities = group.GetProperty("pictures").EnumerateArray().Select(p => p.GetProperty("similarity").GetDouble()).ToList();
            similarities[0].ShouldBe(1);
            similarities.ShouldBeInOrder(SortDirection.Descending);
            group.GetProperty("more").GetBoolean().ShouldBeFalse();
            var hit = group.GetProperty("pictures")[0];
            hit.GetProperty("columns").TryGetProperty("price", out _).ShouldBeTrue();
            hit.GetProperty("image").GetProperty("url").GetString()!.ShouldStartWith("/images/goods/");
        }
    }

    [Theory]
    [InlineData("&min_similarity=1")]
    [InlineData("&price.gte=100")]
    [InlineData("&keyword=채소&rank=2&price.gte=99")]
    public async Task Rows_and_the_least_similarity_narrow_the_groups(string query)
    {
        (await GroupsAsync($"{All}{query}")).ShouldBe(Twice);
    }

    [Theory]
    [InlineData("&keyword=생선")]
    [InlineData("&keyword=nothing")]
    [InlineData("&price.gte=101")]
    public async Task What_has_no_equal_among_the_rows_is_in_no_group(string query)
    {
        (await GroupsAsync($"{All}{query}")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Two_rows_of_one_path_are_a_group_and_pictures_of_other_tables_are_in_none()
    {
        (await GroupsAsync("duplicates?table=stock")).ShouldBeEmpty();

        await host.OwnerAsync("INSERT INTO public.stock (image_path, price, name) VALUES ('./stock/disc.png', 2, 'again')");

        (await GroupsAsync("duplicates?table=stock")).ShouldBe(["content: ./stock/disc.png stock/disc.png"]);
        await host.OwnerAsync("DELETE FROM public.stock WHERE name = 'again'");
    }

    [Fact]
    public async Task A_restricted_token_is_told_of_its_own_pictures()
    {
        using var twice = await host.RestrictedAsync(new TokenRestrictions(["goods"], ["goods/twice/"], [], null));
        using var cropped = await host.RestrictedAsync(new TokenRestrictions([], ["goods/new/"], [], null));

        (await GroupsAsync(All, twice)).ShouldBe(Twice);
        (await GroupsAsync(All, cropped)).ShouldBeEmpty();
        (await host.AskAsync("duplicates?table=stock", by: twice)).Status.ShouldBe(403);
    }

    [Theory]
    [InlineData("table=goods&min_similarity=0.1", 400, "min_similarity")]
    [InlineData("table=goods&min_similarity=2", 400, "min_similarity")]
    [InlineData("table=goods&limit=101", 400, "limit")]
    [InlineData("table=goods&after=eyJ9.x", 400, "after")]
    [InlineData("table=goods&sort=price", 400, "sort")]
    [InlineData("table=goods&path=goods/disc.png", 400, "path")]
    [InlineData("table=goods&price=cheap", 400, "cheap")]
    [InlineData("table=goods&model=nobody", 404, "groups")]
    [InlineData("table=nowhere", 404, "goods")]
    [InlineData("", 400, "table")]
    public async Task A_wrong_question_says_what_is_wrong(string query, int expected, string hint)
    {
        var (status, body) = await host.AskAsync($"duplicates?{query}");

        status.ShouldBe(expected, body.ToString());
        body.ToString().ShouldContain(hint);
    }

    [Fact]
    public async Task A_cursor_is_good_for_its_own_search_only()
    {
        var (_, page) = await host.AskAsync($"{All}&limit=1");
        var next = Uri.EscapeDataString(page.GetProperty("next").GetString()!);

        (await host.AskAsync($"{All}&limit=5&after={next}")).Status.ShouldBe(200);
        (await host.AskAsync($"{All}&min_similarity=0.9&after={next}")).Status.ShouldBe(400);
        (await host.AskAsync($"search?table=goods&after={next}")).Status.ShouldBe(400);
        (await host.AskAsync($"similar?table=goods&path=goods/disc.png&after={next}")).Status.ShouldBe(400);
    }

    // Kind and paths of each, in the order of their bytes
    private async Task<List<string>> GroupsAsync(string address, HttpClient? by = null)
    {
        var groups = new List<string>();
        string? after = null;
        do
        {
            var (status, body) = await host.AskAsync($"{address}{(after is null ? "" : $"&after={Uri.EscapeDataString(after)}")}", by: by);
            status.ShouldBe(200, body.ToString());
            groups.AddRange(body.GetProperty("groups").EnumerateArray().Select(Text));
            after = body.GetProperty("next").GetString();
        }
        while (after is not null);
        return groups;

        static string Text(JsonElement group) => $"{group.GetProperty("kind").GetString()}: " + string.Join(
            ' ', group.GetProperty("pictures").EnumerateArray().Select(p => p.GetProperty("path").GetString()).Order(StringComparer.Ordinal));
    }
}
