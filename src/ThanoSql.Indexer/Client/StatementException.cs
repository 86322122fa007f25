namespace ThanoSql.Indexer.Client;

/// <summary>The service's answer to a statement that it cannot run.</summary>
internal sealed class StatementException(string message) : Exception(message);
