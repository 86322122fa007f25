using System.Collections.Concurrent;
using ThanoSql.Catalog.Audits;
using ThanoSql.Catalog.Doors;

namespace ThanoSql.Query.Doors;

/// <summary>
/// The logins that notebooks are handed with their results: one a token and process, used for as long as it holds. Passwords are kept in memory
/// alone.
/// </summary>
internal sealed class HandedLogins(DoorLogins logins, IOptions<DoorOptions> options, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(8);
    private static readonly TimeSpan Spare = TimeSpan.FromMinutes(5); // in which a client reads the result

    private readonly ConcurrentDictionary<int, DoorLogin> _known = [];
    private readonly SemaphoreSlim _one = new(1);

    /// <exception cref="CatalogException">The token gets none; the message says why.</exception>
    public async Task<DoorLogin> OfAsync(ApiToken token, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (_known.TryGetValue(token.Id, out var known) && IsFresh(known, token) && await logins.IsOpenAsync(known, cancellationToken))
                return known;
            var lifetime = TimeSpan.FromHours(options.Value.MostHours);
            return _known[token.Id] = await logins.OpenAsync(
                token, lifetime < Longest ? lifetime : Longest, Actor.OfToken(token.Name), cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private bool IsFresh(DoorLogin login, ApiToken token) =>
        login.ExpiresAt > time.GetUtcNow() + Spare || login.ExpiresAt == token.ExpiresAt;
}
