using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Planning;

namespace ThanoSql.Tests.Unit.Catalog;

public sealed class DatabaseTroubleTests
{
    [Theory]
    [InlineData("53100", true)] // disk full
    [InlineData("57P01", true)] // told to stop
    [InlineData("57P02", true)] // crashed
    [InlineData("57P03", true)] // starting
    [InlineData("08006", true)] // connection lost
    [InlineData("53300", true)] // too many connections
    [InlineData("53400", false)] // a role's limit for temporary files
    [InlineData("57014", false)] // cancelled
    [InlineData("23505", false)] // a constraint
    [InlineData("XX000", false)] // a fault of one statement
    public void Errors_of_the_server_pass_and_errors_of_statements_stay(string state, bool passes) =>
        DatabaseTrouble.IsPassing(new PostgresException("text", "ERROR", "ERROR", state)).ShouldBe(passes);

    [Fact]
    public void A_session_that_a_fault_in_the_server_ended_passes() =>
        DatabaseTrouble.IsPassing(new PostgresException("could not write init file", "FATAL", "FATAL", "XX000")).ShouldBeTrue();

    [Fact]
    public void A_users_statement_that_the_server_left_alone_is_done_again_and_one_that_was_wrong_is_not()
    {
        DatabaseTrouble.Caused(Wrapped("57P02")).ShouldBeTrue();
        DatabaseTrouble.Caused(Wrapped("53100")).ShouldBeTrue();
        DatabaseTrouble.Caused(Wrapped("53200")).ShouldBeFalse(); // asks for too much memory, and would each time
        DatabaseTrouble.Caused(Wrapped("42P01")).ShouldBeFalse();
        DatabaseTrouble.Caused(new NpgsqlException("slow", new TimeoutException())).ShouldBeFalse();
    }

    private static QueryException Wrapped(string state) =>
        new(ErrorCode.Internal, "failed", inner: new PostgresException("text", "ERROR", "ERROR", state));
}
