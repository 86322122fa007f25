using ThanoSql.Language;

namespace ThanoSql.Tests.Unit.Language;

public sealed class NearestNameTests
{
    [Theory]
    [InlineData("predcit", "predict")]
    [InlineData("IMAGE_PATH", "image_path")]
    [InlineData("사가파이", "사과파이")]
    [InlineData("과인", "과일")]
    [InlineData("diet_data", "diets_data")]
    [InlineData("xyz", null)]
    [InlineData("", null)]
    public void Or_none_when_nothing_is_near(string name, string? nearest) =>
        NearestName.Of(name, ["predict", "image_path", "사과파이", "과일", "채소", "diets_data", "diet"]).ShouldBe(nearest);

    [Fact]
    public void Decomposed_hangul_equals_composed() =>
        NearestName.Of("사과".Normalize(System.Text.NormalizationForm.FormD), ["배", "사과"]).ShouldBe("사과");

    [Fact]
    public void The_first_of_equals_wins() => NearestName.Of("modex", ["model", "modes"]).ShouldBe("model");
}
