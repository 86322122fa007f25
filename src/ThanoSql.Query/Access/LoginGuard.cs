using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace ThanoSql.Query.Access;

/// <summary>
/// Counts logins that fail and slows an address down that goes on guessing. A guess is hopeless (256 bits); what is kept away is the load on the
/// database, and the log tells that somebody tries.
/// </summary>
internal sealed partial class LoginGuard : IDisposable
{
    public const string MeterName = "ThanoSql.Query";

    private static readonly TimeSpan LogEvery = TimeSpan.FromMinutes(1);

    private readonly LoginOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<LoginGuard> _logger;
    private readonly Meter _meter;
    private readonly Counter<long> _failures;
    private readonly Lock _lock = new();

    // The address that failed longest ago comes first.
    private readonly LinkedList<Failures> _byAge = new();
    private readonly Dictionary<IPAddress, LinkedListNode<Failures>> _byAddress = [];
    private DateTimeOffset _logged = DateTimeOffset.MinValue;
    private long _untold;

    public LoginGuard(IOptions<LoginOptions> options, IMeterFactory meters, TimeProvider time, ILogger<LoginGuard> logger)
    {
        (_options, _time, _logger) = (options.Value, time, logger);
        _meter = meters.Create(MeterName);
        _failures = _meter.CreateCounter<long>("thanosql.query.failed_logins", "{login}", "Logins with a wrong token, by what became of them");
    }

    /// <summary>How long an address has to wait until a token is looked at again; null when it need not.</summary>
    public TimeSpan? WaitOf(IPAddress? address)
    {
        lock (_lock)
        {
            if (!_byAddress.TryGetValue(Group(address), out var known))
                return null;
            var until = known.Value.Times.Peek() + TimeSpan.FromSeconds(_options.Seconds) - _time.GetUtcNow();
            return known.Value.Times.Count >= _options.Failures && until > TimeSpan.Zero ? until : null;
        }
    }

    /// <summary>A token was wrong.</summary>
    public void Failed(IPAddress? address)
    {
        _failures.Add(1, new KeyValuePair<string, object?>("outcome", "refused"));
        lock (_lock)
        {
            var group = Group(address);
            if (_byAddress.Remove(group, out var known))
                _byAge.Remove(known);
            var failures = known?.Value ?? new Failures(group, new Queue<DateTimeOffset>());
            failures.Times.Enqueue(_time.GetUtcNow());
            while (failures.Times.Count > _options.Failures)
                failures.Times.Dequeue();
            _byAddress[group] = _byAge.AddLast(failures);
            if (_byAddress.Count > _options.Addresses)
            {
                _byAddress.Remove(_byAge.First!.Value.Address);
                _byAge.RemoveFirst();
            }
        }
        Tell(address);
    }

    /// <summary>A token was not even looked at.</summary>
    public void TurnedAway(IPAddress? address)
    {
        _failures.Add(1, new KeyValuePair<string, object?>("outcome", "slowed"));
        Tell(address);
    }

    public void Dispose() => _meter.Dispose();

    // One line a minute, however many there are
    private void Tell(IPAddress? address)
    {
        long count;
        lock (_lock)
        {
            _untold++;
            var now = _time.GetUtcNow();
            if (now - _logged < LogEvery)
                return;
            (count, _untold, _logged) = (_untold, 0, now);
        }
        LogFailed(count, address);
    }

    // Whoever has an IPv6 address has 2^64 of them.
    private static IPAddress Group(IPAddress? address)
    {
        if (address is null)
            return IPAddress.None;
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }

    private sealed record Failures(IPAddress Address, Queue<DateTimeOffset> Times);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} logins failed since the last such line, the latest from {Address}")]
    private partial void LogFailed(long count, IPAddress? address);
}
