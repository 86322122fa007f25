using ThanoSql.Planning;
using ThanoSql.Query.Http;

namespace ThanoSql.Tests.Unit.Query;

public sealed class QueryRequestTests
{
    [Theory]
    [InlineData("""{"query_string":"SELECT '\ud83c'"}""")]
    [InlineData("""{"query_string":"SELECT 1","\ud83c and much more":1}""")]
    [InlineData("""{"query_string":"SELECT '\u0000'"}""")]
    public void A_body_that_is_no_text_is_a_bad_request_and_no_failure_of_ours(string body) =>
        Should.Throw<QueryException>(() => QueryRequest.StatementOf(body)).Code.ShouldBe(ErrorCode.BadRequest);
}
