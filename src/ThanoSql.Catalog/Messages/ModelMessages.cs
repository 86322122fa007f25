namespace ThanoSql.Messages;

/// <summary>A model answers with another version from now on.</summary>
/// <param name="Model">Its name.</param>
/// <param name="VersionId">The version in service.</param>
public sealed record ModelSwitched(string Model, long VersionId);

/// <summary>A training run was queued. Losing this message only delays it until a trainer looks at the queue again.</summary>
public sealed record TrainingRequested(long RunId);
