namespace ThanoSql.Indexer.Hosting;

/// <summary>What one process does. All roles together are the embedded default.</summary>
[Flags]
internal enum Roles
{
    None = 0,

    /// <summary>Object events → index.</summary>
    Worker = 1,

    /// <summary>Builds, schedules, promotes and takes back models.</summary>
    Trainer = 2,

    /// <summary>Statements, search and images over HTTP and websocket.</summary>
    Query = 4,

    All = Worker | Trainer | Query,
}
