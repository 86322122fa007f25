namespace ThanoSql.Catalog.Models;

/// <summary>What changes together with the version in service.</summary>
/// <param name="Left">What the version in service until now becomes: retired or rejected.</param>
/// <param name="Traits">What the BUILD said of the model; null keeps what is known.</param>
/// <param name="Pause">Why the model's schedule rests from now on; null leaves it alone.</param>
public sealed record SwitchEffect(VersionState Left, ModelTraits? Traits = null, string? Pause = null);
