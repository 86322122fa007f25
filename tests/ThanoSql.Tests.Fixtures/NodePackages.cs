using System.Diagnostics;

namespace ThanoSql.Tests.Fixtures;

/// <summary>Programs of a folder with a <c>package.json</c>. Its packages are fetched once, by the lock file.</summary>
/// <param name="folder">Below the repository.</param>
public sealed class NodePackages(string folder)
{
    // flock: several test runs may share the checkout
    private const string Fetch =
        "cmp -s package-lock.json node_modules/.fetched || { npm ci --ignore-scripts >&2 && cp package-lock.json node_modules/.fetched; }";

    public string Folder { get; } = Repository.File(folder);

    /// <summary>Runs <c>node</c>, or a program of a package.</summary>
    /// <returns>What it printed.</returns>
    /// <exception cref="InvalidOperationException">It failed; the message holds what it printed.</exception>
    public async Task<string> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(program);
        await StartAsync("flock", [".lock", "bash", "-c", Fetch], cancellationToken);
        var local = Path.Combine(Folder, "node_modules", ".bin", program);
        return await StartAsync(File.Exists(local) ? local : program, arguments, cancellationToken);
    }

    private async Task<string> StartAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed: {output}{await errors}");
    }
}
