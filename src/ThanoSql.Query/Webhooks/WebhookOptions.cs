using System.ComponentModel.DataAnnotations;
using ThanoSql.Catalog.Webhooks;

namespace ThanoSql.Query.Webhooks;

/// <summary>Section <c>Webhooks</c>: how and when receivers are called.</summary>
public sealed class WebhookOptions
{
    public const string Section = "Webhooks";

    /// <summary>Whether addresses may be called that are not on the public internet: of this machine, its networks and other private ones.</summary>
    public bool AllowPrivate { get; set; }

    /// <summary>Whether receivers may be called without TLS.</summary>
    public bool AllowHttp { get; set; }

    /// <summary>Events in one call at most.</summary>
    [Range(1, 100)]
    public int Batch { get; set; } = 100;

    /// <summary>How often new events are looked for.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")]
    public TimeSpan Poll { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a call may take.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a webhook is left alone after a call that failed; doubled with each further one.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan FirstRetry { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest pause between two calls.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan LongestRetry { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long an event is tried; after that it is dead.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan TryFor { get; set; } = TimeSpan.FromDays(1);

    internal WebhookPatience Patience => new(FirstRetry, LongestRetry);

    /// <summary>How long a process has a webhook without a sign of life: a call and what is written after it.</summary>
    internal TimeSpan Lease => Timeout + TimeSpan.FromSeconds(20);
}
