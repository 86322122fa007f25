using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Servers;

public sealed class PostgresServerTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    [Fact]
    public async Task Each_test_class_has_a_database_of_its_own()
    {
        await using var command = postgres.DataSource.CreateCommand(
            "SELECT current_database(), pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()");
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);

        (await reader.ReadAsync(TestContext.Current.CancellationToken)).ShouldBeTrue();

        reader.GetString(0).ShouldStartWith("thanosql_test_");
        reader.GetString(1).ShouldBe("UTF8");
    }
}
