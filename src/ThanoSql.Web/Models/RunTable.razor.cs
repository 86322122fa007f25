using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Runs;
using ThanoSql.Query.Models;

namespace ThanoSql.Web.Models;

/// <summary>The training runs that ended; one that is opened shows its log.</summary>
public sealed partial class RunTable
{
    private readonly Dictionary<long, string> _logs = [];

    /// <summary>The newest first.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<TrainingRun> Runs { get; set; } = [];

    /// <summary>Those that the runs may have made.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<VersionSummary> Versions { get; set; } = [];

    [Inject]
    private ModelBoard Board { get; set; } = null!;

    private IReadOnlyList<TrainingRun> Ended => [.. Runs.Where(run => run.IsOver)];

    private Task ReadAsync(long run) => _logs.ContainsKey(run) ? Task.CompletedTask : TryAsync(
        async () => _logs[run] = (await Board.RunAsync(Session.Token, run, CancellationToken.None))?.Log ?? "");

    private static string Samples(TrainingRun run) => string.Concat((KeywordChanges.Parse(run.Changes)?.Samples ?? []).Select(s => $"\n{s.Words()}"));

    private static string? Tag(RunState state) => state switch
    {
        RunState.Promoted => "tag-ok",
        RunState.Refused => "tag-warn",
        RunState.Failed => "tag-danger",
        _ => null,
    };
}
