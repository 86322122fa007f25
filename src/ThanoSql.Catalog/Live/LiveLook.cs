using ThanoSql.Catalog.Images;
using ThanoSql.Catalog.Runs;

namespace ThanoSql.Catalog.Live;

/// <summary>How things stand, as one look tells. Counts end at <see cref="Most"/>: that many or more.</summary>
public sealed record LiveLook
{
    /// <summary>Where counts end that a look makes.</summary>
    public const int Most = 10_000;

    /// <summary>By the database's clock (UTC).</summary>
    public required DateTime At { get; init; }

    /// <summary>Pictures that wait for a look.</summary>
    public long Pending { get; init; }

    /// <summary>When the longest waiting one of them is due, or was; null when none waits.</summary>
    public DateTime? DueSince { get; init; }

    public FailureCounts Failures { get; init; } = new(0, 0, 0, 0);

    /// <summary>When a picture failed last; another one tells that there is something to see.</summary>
    public DateTime? FailedAt { get; init; }

    /// <summary>Labels that wait for a person to confirm them.</summary>
    public long ToConfirm { get; init; }

    /// <summary>A sweep was asked for, and no worker has taken the request yet.</summary>
    public bool IsSweepAsked { get; init; }

    /// <summary>Those seen lately, the oldest first.</summary>
    public IReadOnlyList<SeenWorker> Workers { get; init; } = [];

    /// <summary>The last ten minutes, oldest first, all workers together. Where nothing was done there is no span.</summary>
    public IReadOnlyList<ActivitySpan> Activity { get; init; } = [];

    /// <summary>Queued and running ones, the oldest first.</summary>
    public IReadOnlyList<OpenRun> Runs { get; init; } = [];

    /// <summary>By name.</summary>
    public IReadOnlyList<LivePipeline> Pipelines { get; init; } = [];
}

/// <summary>Failures by kind.</summary>
public sealed record FailureCounts(long Transient, long Poison, long Table, long Event)
{
    public long All => Transient + Poison + Table + Event;

    public long Of(FailureKind kind) => kind switch
    {
        FailureKind.Transient => Transient,
        FailureKind.Poison => Poison,
        FailureKind.Table => Table,
        _ => Event,
    };
}

/// <summary>A worker that gave a sign of life lately.</summary>
/// <param name="Provider"><c>cpu</c> or <c>cuda</c>.</param>
public sealed record SeenWorker(Guid WorkerId, string Host, string Version, string Provider, DateTime StartedAt, DateTime SeenAt);

/// <summary>A training run that is queued or under way.</summary>
/// <param name="Stage">What is being done now, for people; empty before the first.</param>
/// <param name="Done">Of <paramref name="Total"/> pieces of the stage; 0 of 0 when it cannot be counted.</param>
public sealed record OpenRun(
    long RunId, string Model, RunTrigger Trigger, RunState State, string Stage, long Done, long Total, DateTime QueuedAt, DateTime? StartedAt)
{
    /// <summary>0 to 1; null when it cannot be told.</summary>
    public double? Fraction => Total > 0 ? Math.Clamp((double)Done / Total, 0, 1) : null;
}

/// <summary>A pipeline and the last sweep of its bucket.</summary>
public sealed record LivePipeline
{
    public required int PipelineId { get; init; }

    public required string Name { get; init; }

    public required string Bucket { get; init; }

    /// <summary>In Unicode NFC.</summary>
    public required string Prefix { get; init; }

    /// <summary>Its model and table are there, and so is its store.</summary>
    public bool IsActive { get; init; }

    /// <summary>What it waits for, or what is to be looked after; null when all is well.</summary>
    public string? Reason { get; init; }

    public required string Table { get; init; }

    /// <summary>The column of <see cref="Table"/> that holds keywords.</summary>
    public required string Column { get; init; }

    public required string Model { get; init; }

    /// <summary>The number of the version in service; null before the first.</summary>
    public int? Version { get; init; }

    /// <summary>When the last sweep of its bucket began (UTC); null before the first.</summary>
    public DateTime? SweepStartedAt { get; init; }

    /// <summary>Null while one is under way.</summary>
    public DateTime? SweptAt { get; init; }
}

/// <summary>What takes longer to count.</summary>
/// <param name="Indexed">Pictures in the index.</param>
/// <param name="Pending">Pictures that wait for a look.</param>
/// <param name="OfPipeline">Pictures in the index by pipeline.</param>
public sealed record LiveCounts(long Indexed, long Pending, IReadOnlyDictionary<int, long> OfPipeline);
