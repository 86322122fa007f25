using Microsoft.Extensions.Logging.Abstractions;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Catalog;

public sealed class TokenCatalogTests(PostgresServer postgres) : IClassFixture<PostgresServer>, IAsyncLifetime
{
    private TokenCatalog Tokens => new(postgres.DataSource, TimeProvider.System);

    public async ValueTask InitializeAsync() =>
        await new Migrator(postgres.DataSource, NullLogger<Migrator>.Instance).RunAsync(CancellationToken.None);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_token_is_known_by_its_secret_alone_and_kept_as_a_hash()
    {
        var secret = await Tokens.CreateAsync("shop", TokenScope.Search, null, CancellationToken.None);

        var token = await Tokens.AuthenticateAsync(secret, CancellationToken.None);

        token!.Name.ShouldBe("shop");
        token.Scope.ShouldBe(TokenScope.Search);
        await using var kept = postgres.DataSource.CreateCommand("SELECT count(*) FROM thanosql.token t WHERE t::text LIKE '%' || $1 || '%'");
        kept.Parameters.Add(new() { Value = secret });
        (await kept.ExecuteScalarAsync()).ShouldBe(0L);
        (await Tokens.AuthenticateAsync(secret + "x", CancellationToken.None)).ShouldBeNull();
    }

    [Fact]
    public async Task A_revoked_token_is_refused_at_once()
    {
        var secret = await Tokens.CreateAsync("left", TokenScope.Admin, null, CancellationToken.None);

        await Tokens.RevokeAsync("left", CancellationToken.None);

        (await Tokens.AuthenticateAsync(secret, CancellationToken.None)).ShouldBeNull();
        await Should.ThrowAsync<CatalogException>(() => Tokens.RevokeAsync("left", CancellationToken.None));
    }

    [Fact]
    public async Task An_expired_token_is_refused()
    {
        var secret = await Tokens.CreateAsync("brief", TokenScope.Query, TimeSpan.FromHours(1), CancellationToken.None);
        var tomorrow = new TokenCatalog(postgres.DataSource, new LaterTime(TimeSpan.FromDays(1)));

        (await Tokens.AuthenticateAsync(secret, CancellationToken.None)).ShouldNotBeNull();
        (await tomorrow.AuthenticateAsync(secret, CancellationToken.None)).ShouldBeNull();
    }

    [Fact]
    public async Task Two_tokens_cannot_share_a_name()
    {
        await Tokens.CreateAsync("twin", TokenScope.Query, null, CancellationToken.None);

        var error = await Should.ThrowAsync<CatalogException>(() => Tokens.CreateAsync("twin", TokenScope.Query, null, CancellationToken.None));

        error.Message.ShouldContain("twin");
    }

    private sealed class LaterTime(TimeSpan later) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + later;
    }
}
