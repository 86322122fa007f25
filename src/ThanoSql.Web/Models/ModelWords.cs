using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Runs;

namespace ThanoSql.Web.Models;

/// <summary>What is said of models and their versions, in the page's language.</summary>
internal static class ModelWords
{
    private const double PicturesASecond = 15_000; // that a version keys, with its table

    /// <summary>The word for a version's state, and the class of its tag.</summary>
    public static (string Word, string? Tag) State(this PageTexts t, VersionSummary version) => version switch
    {
        { State: VersionState.Current } => (t["models.state.current"], "tag-ok"),
        { State: VersionState.Candidate } => (t["models.state.candidate"], null),
        { State: VersionState.Retired } => (t["models.state.retired"], null),
        { State: VersionState.Rejected, PromotedAt: null } => (t["models.state.refused"], "tag-warn"),
        { State: VersionState.Rejected } => (t["models.state.takenBack"], "tag-warn"),
        _ => (t["models.state.failed"], "tag-danger"),
    };

    /// <summary>Why a version is in its state: what the gate said of it, or a person.</summary>
    public static string Why(this PageTexts t, VersionSummary version) => version switch
    {
        { State: VersionState.Rejected, PromotedAt: not null } => t["models.why.takenBack"],
        { Verdict: { Passed: false } refused } => string.Join(" · ", refused.Refusals.Select(r => t.Refusal(r, refused.Metric))),
        { State: VersionState.Failed or VersionState.Rejected } => version.Reason ?? "",
        { Verdict: { Value: { } value, Before: { } before, Against: { } against } passed } => t[
            "models.why.passed", against, (value - before).ToString("+0.000;-0.000;±0.000", CultureInfo.InvariantCulture), t.Metric(passed.Metric)]
            + (passed.NotWorse is { } share ? $" · {t["models.why.sure", Percent(share)]}" : ""),
        { Verdict: not null } => t["models.why.first"],
        { Pictures: null } => t["models.why.uploaded"],
        _ => t["models.why.byHand"],
    };

    /// <summary>Who or what asked for a version or a run.</summary>
    public static string By(this PageTexts t, RunTrigger? trigger, string? askedBy)
    {
        var word = trigger is { } known ? t[$"models.by.{known.ToString().ToLowerInvariant()}"] : t["models.by.unknown"];
        return askedBy is not null && askedBy.StartsWith("token ", StringComparison.Ordinal) ? $"{word} · {askedBy["token ".Length..]}" : word;
    }

    /// <summary>What a run does now.</summary>
    public static string Stage(this PageTexts t, RunState state, string stage)
    {
        if (state == RunState.Queued)
            return t["models.run.queued"];
        if (stage.StartsWith("keying ", StringComparison.Ordinal))
            return t["models.stage.keyingTable", stage["keying ".Length..]];
        var name = $"models.stage.{stage.Replace(' ', '-')}";
        return stage.Length == 0 ? t["models.stage.beginning"] : t.Has(name) ? t[name] : stage;
    }

    /// <summary>How a run ended.</summary>
    /// <param name="t">The page's texts.</param>
    /// <param name="run">It is over.</param>
    /// <param name="version">That it made or brought back; null when it is not known.</param>
    public static string Outcome(this PageTexts t, TrainingRun run, VersionSummary? version) => run.State switch
    {
        RunState.Promoted when version is not null => t["models.outcome.promoted", version.Number],
        RunState.Refused when version is not null => t["models.outcome.refused", version.Number, t.Why(version)],
        RunState.Skipped => t["models.outcome.skipped"],
        RunState.Cancelled => t["models.outcome.cancelled"],
        _ => run.Outcome ?? "",
    };

    /// <summary>How many pictures got, or would get, another keyword; empty where nothing was compared.</summary>
    public static string Changes(this PageTexts t, TrainingRun run) => KeywordChanges.Parse(run.Changes) is { } changes
        ? t["models.changes", PageTexts.Number(changes.Changed), PageTexts.Number(changes.Pictures)]
        : "";

    /// <summary>When a schedule fires: "today 03:00".</summary>
    public static string When(this PageTexts t, DateTimeOffset time, DateTimeOffset now)
    {
        var (local, today) = (time.ToLocalTime(), now.ToLocalTime().Date);
        var clock = local.ToString("HH:mm", CultureInfo.InvariantCulture);
        return (local.Date - today).Days switch
        {
            0 => t["models.today", clock],
            1 => t["models.tomorrow", clock],
            _ => local.ToString("MM-dd HH:mm", CultureInfo.InvariantCulture),
        };
    }

    /// <summary>How long it takes until so many pictures are answered for by another version, whose answers are kept or soon made.</summary>
    public static string Takes(this PageTexts t, long pictures) =>
        pictures < 5 * PicturesASecond ? t["models.takes.seconds"] : t["models.takes", t.Span(TimeSpan.FromSeconds(pictures / PicturesASecond))];

    private static string Refusal(this PageTexts t, Refusal refusal, string metric) => refusal.Kind switch
    {
        RefusalKind.TooLow => t["models.refusal.tooLow", t.Metric(metric), Rate(refusal.Value), Bound(refusal.Bound)],
        RefusalKind.Worse => t[
            "models.refusal.worse", t.Metric(metric), Rate(refusal.Value), refusal.Version, Rate(refusal.Before), Bound(refusal.Bound)],
        RefusalKind.Unsure => t["models.refusal.unsure", refusal.Version, Percent(refusal.Value), Percent(refusal.Bound)],
        RefusalKind.FewHeldOut => t["models.refusal.few", Bound(refusal.Bound), t.Names(refusal)],
        RefusalKind.LabelsMissing => t["models.refusal.missing", t.Names(refusal)],
        RefusalKind.LabelsNew => t["models.refusal.new", t.Names(refusal)],
        RefusalKind.NoNumber => t["models.refusal.noNumber", t.Metric(metric)],
        _ => t["models.refusal.nothing"],
    };

    private static string Metric(this PageTexts t, string metric) => t.Has($"models.metric.{metric}") ? t[$"models.metric.{metric}"] : metric;

    private static string Names(this PageTexts t, Refusal refusal)
    {
        var names = string.Join(", ", refusal.Labels ?? []);
        return refusal.More > 0 ? t["models.more", names, refusal.More] : names;
    }

    private static string Rate(double? rate) => rate is { } known ? PageTexts.Score(known, 3) : "–";

    // Not rounded up: 80 % that are wanted and 79.96 % are two things
    private static string Percent(double? share) => (Math.Floor((share ?? 0) * 1000) / 10).ToString("0.#", CultureInfo.InvariantCulture);

    private static string Bound(double? bound) => bound?.ToString("0.####", CultureInfo.InvariantCulture) ?? "";
}
