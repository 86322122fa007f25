using ThanoSql.Indexer.EmbeddedPostgreSql;

namespace ThanoSql.Indexer.Backups;

/// <summary>A file or folder that a backup holds, and that a restore replaces as a whole.</summary>
/// <param name="Name">In the archive, and below the home folder where it is restored.</param>
internal sealed record HomePart(string Name)
{
    public static readonly HomePart Data = new($"{HomeFolder.PostgreSqlFolder}/{EmbeddedServer.DataFolder}");
    public static readonly HomePart Models = new("models");
    public static readonly HomePart Pipelines = new("pipelines");

    /// <summary>All, the database last: nothing starts without it.</summary>
    public static IReadOnlyList<HomePart> All { get; } =
    [
        Models, Pipelines, OfServer(EmbeddedServer.SuperuserSecret), OfServer(EmbeddedServer.OwnerSecret), OfServer(ServerPort.KeptFile), Data,
    ];

    /// <summary>Where it lies after a restore.</summary>
    public string In(string home) => Path.Combine(home, Name);

    /// <summary>Whether a name in an archive is this part or lies in it.</summary>
    public bool Holds(string name) => name == Name || name.StartsWith(Name + "/", StringComparison.Ordinal);

    private static HomePart OfServer(string name) => new($"{HomeFolder.PostgreSqlFolder}/{name}");
}
