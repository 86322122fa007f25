using ThanoSql.Catalog;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Unit.Catalog;

/// <summary>Migrations go forward only.</summary>
public sealed class MigrationFilesTests
{
    [Fact]
    public void Those_that_homes_have_seen_are_as_they_were() => OldHomeFiles.Migrations().Count.ShouldBe(10);

    [Fact]
    public void No_two_have_the_same_number() => Migrator.Migration.All().Select(m => m.Number).ShouldBeUnique();
}
