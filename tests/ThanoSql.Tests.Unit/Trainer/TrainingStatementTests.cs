using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Language;
using ThanoSql.Language.Syntax;
using ThanoSql.Trainer;
using ThanoSql.Trainer.Building;

namespace ThanoSql.Tests.Unit.Trainer;

public sealed class TrainingStatementTests
{
    [Fact]
    public void A_pipelines_training_is_the_statement_that_a_person_would_write()
    {
        var pipeline = new PipelineDefinition
        {
            Name = "p",
            Table = "t",
            Model = new PipelineModel
            {
                Name = "과일 모델",
                Train = "SELECT photo, \"it's\" FROM t",
                ImageCol = "photo",
                LabelCol = "it's",
                Options = new Dictionary<string, string> { ["epochs"] = "2", ["color"] = "GRAY" },
            },
        };

        var text = TrainingStatement.Of(pipeline);

        var statement = ThanoSqlParser.Parse(text).Statement.ShouldBeOfType<BuildModelStatement>();
        statement.Model.Folded.ShouldBe("과일 모델");
        statement.Source.Sql.ShouldBe(pipeline.Model.Train);
        var options = BuildOptions.Read(text, statement, ModelDialect.New);
        (options.ImageCol, options.LabelCol, options.Epochs, options.Overwrite, options.Dialect).ShouldBe(
            ("photo", "it's", 2, true, ModelDialect.Old));
        options.DryRun.ShouldBeFalse();
    }

    [Fact]
    public void A_dry_run_is_an_option_of_the_statement_and_learns_what_another_would()
    {
        var pipeline = new PipelineDefinition { Name = "p", Table = "t", Model = new PipelineModel { Name = "m", Train = "SELECT * FROM t" } };

        var (dry, wet) = (Read(TrainingStatement.Of(pipeline, dryRun: true)), Read(TrainingStatement.Of(pipeline)));

        (dry.DryRun, wet.DryRun).ShouldBe((true, false));
        dry.AreThose(wet.ToJson()).ShouldBeTrue();

        static BuildOptions Read(string text) => BuildOptions.Read(text, ThanoSqlParser.Parse(text).Statement!, ModelDialect.New);
    }
}
