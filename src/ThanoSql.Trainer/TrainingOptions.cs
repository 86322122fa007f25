using System.ComponentModel.DataAnnotations;

namespace ThanoSql.Trainer;

/// <summary>Configuration section <c>Training</c>.</summary>
public sealed class TrainingOptions
{
    public const string Section = "Training";

    /// <summary>How long a run belongs to its trainer without a sign of life; then another takes it up.</summary>
    [Range(typeof(TimeSpan), "00:00:02", "01:00:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often an idle trainer looks at the queue by itself; messages wake it up sooner.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Share of the contents that is held out to judge a model.</summary>
    [Range(0.05, 0.5)]
    public double HeldOut { get; set; } = 0.2;

    /// <summary>Share of a source's images that may be missing or unreadable before a build fails.</summary>
    [Range(0, 1)]
    public double MissingImages { get; set; } = 0.1;

    /// <summary>The time zone of the pipelines' schedules, for example <c>Asia/Seoul</c>; empty for the machine's.</summary>
    public string TimeZone { get; set; } = "";

    internal TimeZoneInfo Zone => TimeZone.Length == 0 ? TimeZoneInfo.Local : TimeZoneInfo.FindSystemTimeZoneById(TimeZone);

    /// <summary>How often the trainer counts labelled rows for <c>after_new_rows</c> and compares pipelines with their schedules.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan ScheduleInterval { get; set; } = TimeSpan.FromMinutes(1);
}
