using System.ComponentModel.DataAnnotations;

namespace ThanoSql.Worker;

/// <summary>Configuration section <c>Indexing</c>.</summary>
public sealed class IndexingOptions
{
    public const string Section = "Indexing";

    /// <summary>Begins the names of queues and of the stores' exchange, so that installations can share a broker.</summary>
    [RegularExpression("[a-z0-9][a-z0-9-]{0,63}")]
    public string QueuePrefix { get; set; } = "thanosql";

    /// <summary>Events taken from the broker at once.</summary>
    [Range(1, 1024)]
    public int BatchSize { get; set; } = 64;

    /// <summary>Batches of events in work at once; the broker hands out one more.</summary>
    [Range(1, 64)]
    public int Batches { get; set; } = 4;

    /// <summary>Objects read from the store at once.</summary>
    [Range(1, 256)]
    public int Readers { get; set; } = 16;

    /// <summary>Images written in one transaction at most.</summary>
    [Range(1, 1024)]
    public int WriteBatch { get; set; } = 64;

    /// <summary>
    /// How long a transaction waits for further images while some are being looked at; a second while more are than it can hold.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:05")]
    public TimeSpan Linger { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How often due images are looked for that no event announced.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan Poll { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often pipelines, tables and models are compared.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan Refresh { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long an image is a worker's without a sign of life.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Processes that may die over an image before it is quarantined.</summary>
    [Range(1, 100)]
    public int Crashes { get; set; } = 3;

    /// <summary>The first wait after a transient failure; doubled with each further one.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan FirstRetry { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest wait after transient failures.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan LongestRetry { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Folder of the pipeline files (<c>*.yaml</c>).</summary>
    public string Pipelines { get; set; } = "pipelines";

    /// <summary>Whether a sweep begins with the process.</summary>
    public bool SweepOnStart { get; set; } = true;

    /// <summary>When sweeps begin: a Quartz cron expression, UTC.</summary>
    public string SweepSchedule { get; set; } = "0 17 * * * ?";

    /// <summary>How often a bucket is swept whose folders cannot be watched, since Linux's limit for that is too low.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan UnwatchedSweep { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Listing pages (1,000 keys each) a second at most.</summary>
    [Range(0.01, 1000)]
    public double SweepPagesPerSecond { get; set; } = 20;
}

/// <summary>Configuration section <c>Indexing:Sweep</c>.</summary>
public sealed class SweepOptions
{
    public const string Section = "Indexing:Sweep";

    /// <summary>
    /// Images that a sweep may call gone unasked, in percent of a bucket's known ones; a hundred at any rate. A store that lost more is more likely
    /// to be damaged than tidied up.
    /// </summary>
    [Range(0, 100)]
    public double MaxGonePercent { get; set; } = 10;
}

/// <summary>Configuration section <c>Indexing:DeletedRows</c>.</summary>
public sealed class DeletedRowOptions
{
    public const string Section = "Indexing:DeletedRows";

    /// <summary>How long rows that pipelines delete can be brought back (<c>thanosql rows restore</c>).</summary>
    [Range(0, 3650)]
    public int Days { get; set; } = 7;
}

/// <summary>Configuration section <c>Retention</c>.</summary>
public sealed class RetentionOptions
{
    public const string Section = "Retention";

    /// <summary>How long embeddings, keywords and human labels outlive the last image with their content.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "3650.00:00:00")]
    public TimeSpan Orphans { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long changes of models, tokens and labels are remembered (<c>thanosql audit</c>).</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "36500.00:00:00")]
    public TimeSpan Audit { get; set; } = TimeSpan.FromDays(365);

    /// <summary>How long events that webhooks could not be told can be replayed (<c>thanosql webhook replay</c>).</summary>
    [Range(typeof(TimeSpan), "00:00:00", "3650.00:00:00")]
    public TimeSpan DeadEvents { get; set; } = TimeSpan.FromDays(30);

    /// <summary>When orphans are looked for: a Quartz cron expression, UTC.</summary>
    public string Schedule { get; set; } = "0 41 2 * * ?";
}
