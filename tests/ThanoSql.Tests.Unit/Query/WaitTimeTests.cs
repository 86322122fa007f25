using ThanoSql.Planning;
using ThanoSql.Query.Images;

namespace ThanoSql.Tests.Unit.Query;

public sealed class WaitTimeTests
{
    [Theory]
    [InlineData(null, 0)]
    [InlineData("0s", 0)]
    [InlineData("5s", 5)]
    [InlineData("5", 5)]
    [InlineData("0.5s", 0.5)]
    [InlineData("60s", 60)]
    public void Seconds_are_read_with_and_without_their_unit(string? text, double seconds) =>
        WaitTime.Parse(text).ShouldBe(TimeSpan.FromSeconds(seconds));

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("61s")]
    [InlineData("60.1")]
    [InlineData("-1s")]
    [InlineData("5m")]
    [InlineData("1e1")]
    [InlineData("5 s")]
    [InlineData("99999999999999999999999999999999")]
    public void Anything_else_is_refused_with_what_is_allowed(string text) =>
        Should.Throw<QueryException>(() => WaitTime.Parse(text)).Message.ShouldBe($"'wait' is a time from 0s to 60s, not '{text}'.");
}
