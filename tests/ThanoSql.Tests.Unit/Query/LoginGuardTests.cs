using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ThanoSql.Query.Access;

namespace ThanoSql.Tests.Unit.Query;

public sealed class LoginGuardTests : IDisposable
{
    private static readonly IPAddress Guesser = IPAddress.Parse("192.0.2.1");

    private readonly Clock _time = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly Counting _log = new();
    private readonly LoginGuard _guard;

    public LoginGuardTests() => _guard = new LoginGuard(
        Options.Create(new LoginOptions { Failures = 3, Seconds = 60, Addresses = 100 }), _services.GetRequiredService<IMeterFactory>(), _time, _log);

    public void Dispose()
    {
        _guard.Dispose();
        _services.Dispose();
    }

    [Fact]
    public void An_address_waits_after_so_many_failures_until_the_first_is_out_of_the_window()
    {
        Fail(Guesser, 2);
        _guard.WaitOf(Guesser).ShouldBeNull();
        _time.Advance(TimeSpan.FromSeconds(10));
        Fail(Guesser, 1);

        _guard.WaitOf(Guesser).ShouldBe(TimeSpan.FromSeconds(50));
        _guard.WaitOf(IPAddress.Parse("192.0.2.2")).ShouldBeNull();
        _time.Advance(TimeSpan.FromSeconds(51));
        _guard.WaitOf(Guesser).ShouldBeNull();
    }

    [Fact]
    public void The_addresses_of_one_IPv6_network_count_as_one()
    {
        for (var host = 1; host <= 3; host++)
            Fail(IPAddress.Parse($"2001:db8::{host}"), 1);

        _guard.WaitOf(IPAddress.Parse("2001:db8::ffff")).ShouldNotBeNull();
        _guard.WaitOf(IPAddress.Parse("2001:db8:0:1::1")).ShouldBeNull();
        Fail(IPAddress.Parse("::ffff:192.0.2.1"), 3);
        _guard.WaitOf(Guesser).ShouldNotBeNull();
    }

    [Fact]
    public void Only_so_many_addresses_are_remembered_the_latest_ones()
    {
        Fail(Guesser, 3);
        for (var other = 0; other < 100; other++)
            Fail(new IPAddress([198, 51, 100, (byte)other]), 3);

        _guard.WaitOf(Guesser).ShouldBeNull();
        _guard.WaitOf(new IPAddress([198, 51, 100, 99])).ShouldNotBeNull();
    }

    [Fact]
    public void The_log_gets_one_line_a_minute_with_the_count()
    {
        Fail(Guesser, 1000);
        _log.Lines.Count.ShouldBe(1);

        _time.Advance(TimeSpan.FromMinutes(1));
        Fail(Guesser, 1);

        _log.Lines.Count.ShouldBe(2);
        _log.Lines[1].ShouldStartWith("1000 logins failed");
    }

    private void Fail(IPAddress address, int times)
    {
        for (var i = 0; i < times; i++)
            _guard.Failed(address);
    }

    private sealed class Clock : TimeProvider
    {
        private DateTimeOffset _now = DateTimeOffset.UnixEpoch.AddYears(50);

        public override DateTimeOffset GetUtcNow() => _now;

        public void Advance(TimeSpan time) => _now += time;
    }

    private sealed class Counting : ILogger<LoginGuard>
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));
    }
}
