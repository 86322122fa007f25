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
    }
}
