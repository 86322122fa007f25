namespace ThanoSql.Query.Datasets;

/// <summary>One picture of a dataset.</summary>
/// <param name="Name">Its path below the dataset's folder in the workspace: <c>diet/과일/E001.jpeg</c>.</param>
/// <param name="Label">Null when the dataset has none.</param>
/// <param name="OpenAsync">Its bytes.</param>
internal sealed record DatasetFile(string Name, string? Label, Func<CancellationToken, Task<Stream>> OpenAsync);
