using ThanoSql.Catalog.Images;
using ThanoSql.Vision.Imaging;
using ThanoSql.Web.Pipelines;
using ThanoSql.Web.Texts;

namespace ThanoSql.Tests.Unit.Web;

/// <summary>What the page says of failures and waits, which the catalog tells in words of its own.</summary>
public sealed class FailureTextsTests
{
    [Theory]
    [InlineData(PageTexts.Korean)]
    [InlineData(PageTexts.English)]
    public void Every_reason_to_refuse_a_picture_has_its_own_name_and_advice(string language)
    {
        var texts = In(language);
        var codes = Enum.GetValues<ImageRejection>().Select(reason => reason.Code()).ToList();

        codes.Select(code => FailureTexts.Advice(texts, Of(FailureKind.Poison, code))).Distinct().Count().ShouldBe(codes.Count);
        codes.Select(code => FailureTexts.Name(texts, Of(FailureKind.Poison, code))).Distinct().Count().ShouldBe(codes.Count);
    }

    [Theory]
    [InlineData(PageTexts.Korean)]
    [InlineData(PageTexts.English)]
    public void A_reason_that_nobody_knows_is_told_by_its_kind(string language)
    {
        var texts = In(language);
        foreach (var kind in Enum.GetValues<FailureKind>())
        {
            FailureTexts.Advice(texts, Of(kind, "unheard_of")).ShouldBe(texts[$"pipelines.advice.{FailureTexts.Word(kind)}"]);
            texts.Has($"pipelines.kind.{FailureTexts.Word(kind)}").ShouldBeTrue();
        }
    }

    [Fact]
    public void The_same_reason_may_ask_for_something_else_in_another_kind()
    {
        var texts = In(PageTexts.English);
        FailureTexts.Advice(texts, Of(FailureKind.Table, "table")).ShouldContain("Repair the table");
        FailureTexts.Advice(texts, Of(FailureKind.Transient, "table")).ShouldContain("tried again by itself");
    }

    [Theory]
    [InlineData("model 'foods' is not there yet", "Waits for model", "Model foods is not there yet. Build it with BUILD MODEL, or train it.")]
    [InlineData("table 'products' is not there yet", "Waits for table", "Table products is not there yet. Make it with CREATE TABLE in Query.")]
    [InlineData("its file is gone", "File is gone", "Its file is gone. It goes on when the file is back.")]
    [InlineData("table 't' has no column 'p' (image_col)", "Please look", "table 't' has no column 'p' (image_col)")]
    public void What_a_pipeline_waits_for_is_said_in_the_pages_words_where_they_are_known(string reason, string name, string sentence)
    {
        var texts = In(PageTexts.English);
        (WaitTexts.Name(texts, reason), WaitTexts.Sentence(texts, reason)).ShouldBe((name, sentence));
    }

    private static PageTexts In(string language)
    {
        var texts = new PageTexts();
        texts.Use(language);
        return texts;
    }

    private static ShownFailure Of(FailureKind kind, string code) => new("b", "k", "k", kind, code, "", 1, null, null, null);
}
