using System.ComponentModel.DataAnnotations;

namespace ThanoSql.Worker;

/// <summary>Configuration section <c>Retention</c>.</summary>
public sealed class RetentionOptions
{
    public const string Section = "Retention";

    /// <summary>How long embeddings and keywords outlive the last image with their content.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "3650.00:00:00")]
    public TimeSpan Orphans { get; set; } = TimeSpan.FromDays(30);

    /// <summary>When orphans are looked for: a Quartz cron expression, UTC.</summary>
    public string Schedule { get; set; } = "0 41 2 * * ?";
}
