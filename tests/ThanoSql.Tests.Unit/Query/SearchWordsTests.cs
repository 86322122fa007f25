using ThanoSql.Query.Search;

namespace ThanoSql.Tests.Unit.Query;

public sealed class SearchWordsTests
{
    private const string Decomposed = "\u1100\u116A\u110B\u1175\u11AF"; // 과일

    private static readonly SearchWords Words = new(
        ["과일", "채소", "Apple", "apple", "Kiwi"],
        new Dictionary<string, IReadOnlyList<string>> { ["과일"] = ["fruit", "열매", "채소"], ["채소"] = ["KIWI", "greens"] });

    [Theory]
    [InlineData("과일", "과일")]
    [InlineData(Decomposed, "과일")]
    [InlineData("과일\u200B ", "과일")]
    [InlineData("Fruit", "과일")]
    [InlineData("apple", "apple Apple")] // as it is spelled first
    [InlineData("Apple", "Apple apple")]
    [InlineData("APPLE", "apple Apple")]
    [InlineData("채 소", "채소")]
    [InlineData("열_매", "과일")]
    [InlineData("채소", "채소")] // a label before a synonym
    [InlineData("KIWI", "채소")] // a synonym as it is spelled before a label in other case
    [InlineData("kiwi", "Kiwi")]
    [InlineData("fruits", "")]
    public void A_word_stands_for_labels(string word, string labels) => string.Join(' ', Words.LabelsOf(word)).ShouldBe(labels);

    [Theory]
    [InlineData("사과파이")]
    [InlineData("사과 파이")]
    [InlineData("애플파이")]
    [InlineData("애플 파이")]
    public void A_synonym_stands_for_its_label_as_the_model_spells_it(string word) =>
        new SearchWords(["사과파이"], new Dictionary<string, IReadOnlyList<string>> { ["사과 파이"] = ["애플 파이"] })
            .LabelsOf(word).ShouldBe(["사과파이"]);

    [Theory]
    [InlineData("사과", "능금 사과")] // while what people said is being renamed, rows have either
    [InlineData("능금", "능금 사과")]
    [InlineData("pear", "배")] // no row has the old name any more
    public void Names_that_labels_had_find_what_they_are_called_now(string word, string labels) =>
        string.Join(' ', new SearchWords(
            ["능금", "배", "사과"], new Dictionary<string, IReadOnlyList<string>>(),
            new Dictionary<string, string> { ["사과"] = "능금", ["Pear"] = "배" }).LabelsOf(word).Order(StringComparer.Ordinal)).ShouldBe(labels);

    [Fact]
    public void Rows_of_a_label_in_two_spellings_are_found_together() =>
        new SearchWords(["과일", Decomposed], new Dictionary<string, IReadOnlyList<string>>()).LabelsOf("과일").ShouldBe(["과일", Decomposed]);

    [Theory]
    [InlineData("fruti", "fruit")]
    [InlineData("과알", "과일")]
    [InlineData("xyz", null)]
    public void The_nearest_word_may_be_a_synonym(string word, string? nearest) => Words.Nearest(word).ShouldBe(nearest);
}
