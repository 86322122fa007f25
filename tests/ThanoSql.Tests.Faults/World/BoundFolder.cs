using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Faults.World;

/// <summary>A folder that appears at another place by a mount, which can be taken away as a network disk goes away. Needs root.</summary>
internal sealed class BoundFolder : IAsyncDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("thanosql-mount-").FullName;
    private bool _attached;

    /// <summary>What is mounted; always there.</summary>
    public string Source => Directory.CreateDirectory(Path.Combine(_root, "disk")).FullName;

    /// <summary>Where it is mounted.</summary>
    public string Target => Directory.CreateDirectory(Path.Combine(_root, "mount")).FullName;

    public async Task AttachAsync()
    {
        await Tool.RunAsync("mount", "--bind", Source, Target);
        _attached = true;
    }

    /// <summary>Even while files in it are open.</summary>
    public async Task DetachAsync()
    {
        await Tool.RunAsync("umount", "--lazy", Target);
        _attached = false;
    }

    public async ValueTask DisposeAsync()
    {
        if (_attached)
            await DetachAsync();
        Directory.Delete(_root, recursive: true);
    }
}
