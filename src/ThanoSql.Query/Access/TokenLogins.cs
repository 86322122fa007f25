using System.Net;

namespace ThanoSql.Query.Access;

/// <summary>What a login leaves behind: a failure of its address, or a secret that is known and a token that was used.</summary>
internal sealed class TokenLogins(LoginGuard guard, KnownSecrets known, TokenUses uses)
{
    /// <summary>How long a secret has to wait until it is looked at; null when it need not.</summary>
    public TimeSpan? WaitOf(IPAddress? address, SecretHash secret)
    {
        if (guard.WaitOf(address) is not { } wait || known.Contains(secret))
            return null;
        guard.TurnedAway(address);
        return wait;
    }

    public void Failed(IPAddress? address) => guard.Failed(address);

    public void Succeeded(SecretHash secret, ApiToken token)
    {
        known.Add(secret);
        uses.Note(token);
    }
}
