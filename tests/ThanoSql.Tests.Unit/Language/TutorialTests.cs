using ThanoSql.Language;
using ThanoSql.Language.Syntax;

namespace ThanoSql.Tests.Unit.Language;

public sealed class TutorialTests
{
    [Fact]
    public void Get_dataset_names_the_dataset_and_its_option()
    {
        var get = Parsed.Statement<GetDatasetStatement>(Dialect.GetDataset);

        get.Dataset.Text.ShouldBe("diet_data");
        get.Options.Items.ShouldHaveSingleItem().Value.ShouldBeOfType<BooleanValue>().Value.ShouldBeTrue();
    }

    [Theory]
    [InlineData(Dialect.CopyOld, "overwrite")]
    [InlineData(Dialect.CopyNew, "if_exists")]
    public void Copy_keeps_the_spelling_of_its_option_and_reads_either_quote(string text, string option)
    {
        var copy = Parsed.Statement<CopyStatement>(text);

        copy.Table.ToString().ShouldBe("diet");
        copy.Options.Wrote(option).ShouldBeTrue();
        copy.Source.Text.ShouldBe("thanosql-dataset/diet_data/diet.csv");
        copy.Source.IsRecords.ShouldBeFalse();
    }

    [Theory]
    [InlineData(Dialect.BuildOld, "epochs")]
    [InlineData(Dialect.BuildNew, "max_epochs")]
    public void Build_keeps_the_spelling_that_tells_its_generation(string text, string epochs)
    {
        var build = Parsed.Statement<BuildModelStatement>(text);

        build.Model.Text.ShouldBe("diet_image_classification");
        build.Algorithm.Text.ShouldBe("ConvNeXt_Tiny");
        build.Options.Items.Select(o => o.Name.Text).ShouldBe(["image_col", "label_col", epochs, "overwrite"]);
        build.Source.Sql.ShouldBe("SELECT *\nFROM diet", StringCompareShould.IgnoreLineEndings);
        build.Span.ShouldBe(new TextSpan(0, text.Length));
    }

    [Theory]
    [InlineData(Dialect.PredictOld, 0)]
    [InlineData(Dialect.PredictNew, 2)]
    public void Predict_is_the_whole_request(string text, int options)
    {
        var query = ThanoSqlParser.Parse(text);

        query.Statement.ShouldBeOfType<PredictStatement>().Options.Items.Count.ShouldBe(options);
        query.Parts.ShouldHaveSingleItem().ShouldBeOfType<StatementPart>().Place.ShouldBe(StatementPlace.TopLevel);
    }

    [Fact]
    public void The_join_holds_a_predict_two_levels_down_without_an_alias_of_its_own()
    {
        var part = Parsed.Nested(Dialect.JoinOld);

        part.Place.ShouldBe(StatementPlace.FromItem);
        part.HasAlias.ShouldBeFalse();
        part.Span.Of(Dialect.JoinOld).ShouldStartWith("PREDICT");
        part.Parentheses!.Value.Of(Dialect.JoinOld).ShouldBe($"({part.Span.Of(Dialect.JoinOld)})");
        ((PredictStatement)part.Statement).Source.Sql.ShouldBe("SELECT * FROM diet");
    }

    [Fact]
    public void The_later_spelling_selects_from_predict_itself()
    {
        var part = Parsed.Nested(Dialect.WhereNew);

        part.Place.ShouldBe(StatementPlace.FromItem);
        part.HasAlias.ShouldBeFalse();
    }
}
