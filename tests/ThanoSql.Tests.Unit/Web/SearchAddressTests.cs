using ThanoSql.Planning;
using ThanoSql.Query.Search;
using ThanoSql.Web.Search;

namespace ThanoSql.Tests.Unit.Web;

public sealed class SearchAddressTests
{
    private const string Page = "https://shop.example/index/";

    [Theory]
    [InlineData("")]
    [InlineData("?q=Apple%20Pie")]
    [InlineData("?table=products&q=%EA%B3%BC%EC%9D%BC&q=%EC%B1%84%EC%86%8C&match=all&min_score=0.5&price.lte=10000&sort=-created_at")]
    [InlineData("?table=products&like=products%2Fa%20b.jpg&q=a&price.lte=5")]
    [InlineData("?unsure=true&note.eq=a%26b%3Dc&sort=price")]
    public void It_is_written_as_it_was_read(string query) => SearchAddress.Of(Page + query).ToString().ShouldBe(query);

    [Theory]
    [InlineData("?q=&q=%20", 0)]
    [InlineData("?q=a&q=a", 1)]
    public void Words_that_are_empty_or_there_already_do_not_count(string query, int words) =>
        SearchAddress.Of(Page + query).Words.Count.ShouldBe(words);

    [Theory]
    [InlineData("2")]
    [InlineData("-1")]
    [InlineData("NaN")]
    [InlineData("half")]
    public void A_score_that_cannot_be_is_none(string score) => SearchAddress.Of($"{Page}?min_score={score}").MinScore.ShouldBe(0);

    [Fact]
    public void A_word_is_added_and_taken_away_and_ends_the_look_at_what_is_not_sure()
    {
        var address = new SearchAddress { Unsure = true }.Toggled("과일");
        (address.Unsure, address.Words.Single()).ShouldBe((false, "과일"));
        address.Toggled("과일").Words.ShouldBeEmpty();
    }

    [Fact]
    public void A_filter_is_changed_and_taken_away()
    {
        var address = new SearchAddress().With("price.lte", "10").With("price.gte", "5").With("price.lte", " 20 ");
        address.ToString().ShouldBe("?price.gte=5&price.lte=20");
        address.With("price.gte", "").With("price.lte", null).IsNarrow.ShouldBeFalse();
    }

    [Fact]
    public void A_picture_that_others_are_to_resemble_narrows_and_is_asked_for_by_its_path()
    {
        var address = SearchAddress.Of($"{Page}?like=products/1.jpg&q=a");
        address.IsNarrow.ShouldBeTrue();
        address.ToRequest("products", address.Words, 60, 240, null).Near.ShouldNotBeNull().Path.ShouldBe("products/1.jpg");
        (address with { Like = null }).ToRequest("products", address.Words, 60, 240, null).Near.ShouldBeNull();
    }

    [Fact]
    public void It_asks_what_the_api_asks()
    {
        var address = SearchAddress.Of($"{Page}?q=a&q=b&match=all&min_score=0.25&price.lte=10&sort=-price");
        var request = address.ToRequest("products", address.Words, 60, 240, null);
        (request.Table, request.MatchesAll, request.Rank, request.MinScore, request.Sort, request.Descending).ShouldBe(
            ("products", true, 5, 0.25, "price", true));
        request.Filters.Single().ShouldBe(new SearchFilter("price.lte", "price", "<=", "10"));
        Should.Throw<QueryException>(() => SearchAddress.Of($"{Page}?price.is=maybe").ToRequest("products", [], 60, 240, null));
    }
}
