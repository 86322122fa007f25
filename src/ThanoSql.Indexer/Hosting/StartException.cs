namespace ThanoSql.Indexer.Hosting;

/// <summary>The program cannot do what the command line asks; the message says what to change. Printed without a stack trace.</summary>
internal sealed class StartException(string message) : Exception(message);
