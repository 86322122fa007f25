using ThanoSql.Catalog.Destinations;

namespace ThanoSql.Tests.Unit.Catalog;

public sealed class DestinationWriterTests
{
    [Theory]
    [InlineData("a,b", "\"a\",\"b\"")]
    [InlineData("a,a,a_1,a", "\"a\",\"a_1\",\"a_1_1\",\"a_2\"")]
    [InlineData("?column?,ctid,say \"x\"", "\"?column?\",\"ctid_1\",\"say \"\"x\"\"\"")]
    public void Columns_have_distinct_names_that_a_table_can_have(string names, string quoted) =>
        string.Join(',', DestinationWriter.Names([.. names.Split(',').Select(name => new DestinationColumn(name, 25))])).ShouldBe(quoted);

    [Fact]
    public void A_number_behind_a_long_name_takes_the_place_of_its_end()
    {
        var name = new string('가', 21);

        DestinationWriter.Names([new(name, 25), new(name, 25)]).ShouldBe([$"\"{name}\"", $"\"{new string('가', 20)}_1\""]);
    }
}
