using ThanoSql.Catalog.Models;

namespace ThanoSql.Training.Running;

/// <summary>How a run ended well: promoted, refused or skipped.</summary>
/// <param name="Outcome">For people.</param>
internal sealed record RunResult(RunState State, string Outcome);
