using ThanoSql.Query.Search;

namespace ThanoSql.Tests.Unit.Query;

public sealed class KeywordCompletionTests
{
    private static readonly string[] Labels = ["사과", "사과파이", "수박", "고사리", "닭고기", "과일", "Apple", "banana", "값싼 과일"];

    private static readonly KeywordCompletion Completion = new(
        Labels, new Dictionary<string, IReadOnlyList<string>> { ["과일"] = ["fruit", "열매"], ["사과"] = ["능금"] });

    [Theory]
    [InlineData("사과", "사과 사과파이")]
    [InlineData("사", "사과 사과파이")]
    [InlineData("삭", "사과 사과파이")] // what an input method shows of 사ㄱ
    [InlineData("사고", "사과 사과파이")] // half of ㅘ
    [InlineData("사ㄱ", "사과 사과파이")]
    [InlineData("ㅅㄱ", "사과 사과파이")]
    [InlineData("사ㄱㅍ", "사과파이 사과")]
    [InlineData("ㄳㄹ", "고사리")] // ㄱㅅ, as an input method joins them
    [InlineData("ㅅ", "사과 사과파이 수박")]
    [InlineData("달ㄱ", "닭고기")]
    [InlineData("갑", "값싼 과일")]
    [InlineData("값싼과", "값싼 과일")]
    [InlineData("사과 파", "사과파이")]
    [InlineData("ㄱㅆㄱㅇ", "값싼 과일")]
    [InlineData("\u1109\u1161\u1100", "사과 사과파이")] // decomposed
    [InlineData("시과", "사과 사과파이")] // wrong
    [InlineData("사솨파이", "사과파이")]
    [InlineData("닭기", "닭고기")] // ㅣ for ㅗ
    [InlineData("aple", "Apple")] // missing
    [InlineData("appple", "Apple")] // too much
    [InlineData("paple", "Apple")] // swapped
    [InlineData("APPLE", "Apple")]
    [InlineData("applex", "Apple")]
    [InlineData("xanana", "banana")]
    [InlineData("bxnxna", "")] // two letters
    [InlineData("ap", "Apple")]
    [InlineData("xp", "")] // two keys, one of them wrong
    [InlineData("fr", "과일")]
    [InlineData("Fruti", "과일")]
    [InlineData("능", "사과")]
    [InlineData("\u200B사과 ", "사과 사과파이")]
    [InlineData("없는말", "")]
    public void What_is_typed_is_completed(string typed, string labels) =>
        string.Join(' ', Completion.Find(typed, _ => 0).Select(f => f.Label)).ShouldBe(labels);

    [Fact]
    public void Of_a_labels_spellings_the_one_with_most_rows_is_told() =>
        new KeywordCompletion(["Apple Pie", "apple_pie", "applepie"], new Dictionary<string, IReadOnlyList<string>>())
            .Find("appl", label => label == "apple_pie" ? 2 : 1).ShouldBe([("apple_pie", "apple_pie")]);

    [Fact]
    public void Nothing_typed_gives_all_labels_the_heaviest_first_and_each_once()
    {
        var found = Completion.Find("", label => label == "수박" ? 2 : label == "과일" ? 1 : 0).ToList();

        found.Select(f => f.Label).Take(2).ShouldBe(["수박", "과일"]);
        found.Select(f => f.Label).ShouldBe(Labels, ignoreOrder: true);
    }

    [Fact]
    public void What_begins_so_comes_before_what_is_near_and_a_label_before_a_synonym()
    {
        var completion = new KeywordCompletion(
            ["pear", "peas", "bear"], new Dictionary<string, IReadOnlyList<string>> { ["bear"] = ["pearly"] });

        completion.Find("pear", _ => 0).ShouldBe([("pear", "pear"), ("bear", "pearly"), ("peas", "peas")]);
    }
}
