using ThanoSql.Catalog.Models;

namespace ThanoSql.Planning;

/// <summary>Looks at images that a model version has no answer for: reads, embeds and keys them, and commits.</summary>
/// <param name="model">Whose version.</param>
/// <param name="paths">As the user's table holds them, distinct, not null.</param>
/// <param name="report">Progress, for people.</param>
/// <param name="cancellationToken">What is committed by then stays.</param>
public delegate Task FillAnswers(ServingModel model, IReadOnlyList<string> paths, Action<string> report, CancellationToken cancellationToken);
