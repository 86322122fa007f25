namespace ThanoSql.Messages;

/// <summary>A training run was queued. Losing this message only delays it until a trainer looks at the queue again.</summary>
public sealed record TrainingRequested(long RunId);
