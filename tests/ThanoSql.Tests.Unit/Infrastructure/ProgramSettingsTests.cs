using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Unit.Infrastructure;

public sealed class ProgramSettingsTests
{
    [Theory]
    [InlineData("Storage__S3__Endpoint", true)]
    [InlineData("Database__ConnectionString", true)]
    [InlineData("THANOSQL_POSTGRES_PORT", true)]
    [InlineData("PGPASSWORD", true)]
    [InlineData("ASPNETCORE_URLS", true)]
    [InlineData("PATH", false)]
    [InlineData("HOME", false)]
    [InlineData("DOTNET_ROOT", false)]
    public void What_a_developers_shell_exports_for_the_program_reaches_none_that_a_test_starts(string variable, bool kept) =>
        ThanoSqlProcess.IsSetting(variable).ShouldBe(kept);
}
