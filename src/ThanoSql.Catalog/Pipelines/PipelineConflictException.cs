namespace ThanoSql.Catalog.Pipelines;

/// <summary>Two pipelines cannot both be in service; the message names them.</summary>
public sealed class PipelineConflictException(string message) : Exception(message);
