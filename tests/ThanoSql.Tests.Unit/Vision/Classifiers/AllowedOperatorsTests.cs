using ThanoSql.Vision.Classifiers.Shapes;

namespace ThanoSql.Tests.Unit.Vision.Classifiers;

public sealed class AllowedOperatorsTests
{
    [Fact]
    public void The_docs_list_every_operator_that_is_taken()
    {
        var docs = File.ReadAllText(Fixtures.Repository.File("docs/models.md"));
        AllowedOperators.Names.Count().ShouldBeGreaterThan(100);
        AllowedOperators.Names.Select(name => name.Split(':')[^1]).Where(name => !docs.Contains($"`{name}`", StringComparison.Ordinal))
            .ShouldBeEmpty();
    }
}
