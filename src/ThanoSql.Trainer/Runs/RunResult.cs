using ThanoSql.Catalog.Runs;

namespace ThanoSql.Trainer.Runs;

/// <summary>How a run ended well: promoted, refused or skipped.</summary>
/// <param name="Outcome">For people.</param>
internal sealed record RunResult(RunState State, string Outcome);
