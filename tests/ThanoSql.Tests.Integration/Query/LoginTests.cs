using System.Net;
using System.Net.Http.Headers;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query;

/// <summary>Whoever guesses tokens is slowed down; whoever has one is not.</summary>
public sealed class LoginTests(QueryHost host) : IClassFixture<QueryHost>
{
    [Fact]
    public async Task Guesses_from_one_address_are_slowed_down_and_known_tokens_are_not()
    {
        using var known = host.Client(TokenScope.Query);
        (await StatusAsync(known)).ShouldBe(HttpStatusCode.OK);
        using var guesser = host.ClientOf("tsql_guess");
        var told = HttpStatusCode.Unauthorized;
        var guesses = 0;
        while (told == HttpStatusCode.Unauthorized && guesses++ < 100)
        {
            guesser.DefaultRequestHeaders.Remove("X-Forwarded-For");
            guesser.DefaultRequestHeaders.Add("X-Forwarded-For", $"192.0.2.{guesses}"); // anybody can say so
            told = await StatusAsync(guesser);
        }

        guesses.ShouldBe(21);
        using var answer = await guesser.GetAsync(new Uri("/api/v1/failures", UriKind.Relative), TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        answer.Headers.RetryAfter!.Delta!.Value.TotalSeconds.ShouldBeInRange(1, 60);
        (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("too_many_logins");
        (await StatusAsync(known)).ShouldBe(HttpStatusCode.OK);
        guesser.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await host.CreateTokenAsync("late", TokenScope.Query));
        (await StatusAsync(guesser)).ShouldBe(HttpStatusCode.TooManyRequests); // not known before: it has to wait, too
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client)
    {
        using var answer = await client.GetAsync(new Uri("/api/v1/failures", UriKind.Relative), TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }
}
