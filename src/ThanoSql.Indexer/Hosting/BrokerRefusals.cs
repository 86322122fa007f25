using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using MassTransit;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace ThanoSql.Indexer.Hosting;

/// <summary>Why queues of this process are not consumed, where the broker refuses them: their names are taken, with other arguments.</summary>
internal sealed partial class BrokerRefusals : IReceiveEndpointObserver
{
    private readonly ConcurrentDictionary<Uri, string> _refused = [];

    public Task Ready(ReceiveEndpointReady ready)
    {
        _refused.TryRemove(ready.InputAddress, out _);
        return Task.CompletedTask;
    }

    public Task Faulted(ReceiveEndpointFaulted faulted)
    {
        if (RefusalOf(faulted.Exception) is { } refusal)
            _refused[faulted.InputAddress] = Words(refusal);
        else
            _refused.TryRemove(faulted.InputAddress, out _); // a broker that is out is told by MassTransit's own check
        return Task.CompletedTask;
    }

    public Task Stopping(ReceiveEndpointStopping stopping) => Task.CompletedTask;

    public Task Completed(ReceiveEndpointCompleted completed) => Task.CompletedTask;

    /// <summary>What to do about a refusal.</summary>
    /// <param name="refusal">RabbitMQ's text: <c>PRECONDITION_FAILED - inequivalent arg 'A' for queue 'Q' in vhost 'V': …</c></param>
    internal static string Words(string refusal)
    {
        if (Inequivalent().Match(refusal) is not { Success: true } found)
            return $"RabbitMQ refuses a queue or exchange: {refusal}";
        var (argument, kind, name) = (found.Groups["argument"].Value, found.Groups["kind"].Value, found.Groups["name"].Value);
        var remove = kind == "queue"
            ? $"remove it (rabbitmqctl delete_queue {name}), which loses nothing: a sweep finds what its events were about"
            : "remove it in RabbitMQ's management, and what is bound to it";
        return $"RabbitMQ has the {kind} '{name}' already, with another '{argument}': {found.Groups["difference"].Value}. "
            + $"If it is an older version's, {remove}. If it is somebody else's, choose another Indexing:QueuePrefix.";
    }

    private static string? RefusalOf(Exception? error) => error switch
    {
        null => null,
        OperationInterruptedException { ShutdownReason: { ReplyCode: Constants.PreconditionFailed } reason } => reason.ReplyText,
        AggregateException several => several.InnerExceptions.Select(RefusalOf).FirstOrDefault(refusal => refusal is not null),
        _ => RefusalOf(error.InnerException),
    };

    [GeneratedRegex("inequivalent arg '(?<argument>[^']+)' for (?<kind>queue|exchange) '(?<name>[^']+)' in vhost '[^']*': (?<difference>.+)")]
    private static partial Regex Inequivalent();

    /// <summary>Readiness tells.</summary>
    internal sealed class Check(BrokerRefusals refusals) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
            refusals._refused.IsEmpty
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy(string.Join(' ', refusals._refused.Values.Distinct())));
    }
}
