namespace ThanoSql.Indexer.EmbeddedPostgreSql;

/// <summary>Runs PostgreSQL's programs as an ordinary user: it refuses to run as root.</summary>
internal static class OrdinaryUser
{
    // initdb needs a passwd entry; every Debian has nobody.
    private const string Name = "nobody";

    public static bool Needed => Environment.IsPrivilegedProcess;

    /// <summary>Runs a program to its end.</summary>
    /// <returns>What it printed, both streams.</returns>
    /// <exception cref="StartException">It failed; the message ends with what it printed.</exception>
    public static async Task<string> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var start = Needed ? Clean("runuser", ["-u", Name, "--", program, .. arguments]) : Clean(program, arguments);
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        var printed = (await output + await errors).Trim();
        return process.ExitCode == 0
            ? printed
            : throw new StartException($"{Path.GetFileName(program)} failed with exit code {process.ExitCode}: {printed}");
    }

    /// <summary>Gives a folder, with all in it, to the ordinary user, who alone may enter it.</summary>
    public static async Task OwnAsync(string folder, CancellationToken cancellationToken)
    {
        if (!Needed)
            return;
        using var process = Process.Start(Clean("chown", ["-R", $"{Name}:", folder]))!;
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
            throw new StartException($"chown could not give {folder} to {Name}.");
    }

    // The server lives on with it, as another user: settings hold secrets. A locale that is not installed here would fail initdb.
    private static ProcessStartInfo Clean(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = "/" };
        start.Environment.Clear();
        (start.Environment["PATH"], start.Environment["LC_ALL"]) = (Environment.GetEnvironmentVariable("PATH"), "C");
        return start;
    }
}

/// <summary>PostgreSQL's programs, copied from beside ours to where an ordinary user can reach them: a clone may lie in a closed folder.</summary>
internal static class Binaries
{
    /// <summary>Its first number is that of the data folders which they can read.</summary>
    public const string Version = "18.4.0-beta.17";

    /// <returns>The folder that holds <c>bin</c>, <c>lib</c> and <c>share</c>.</returns>
    public static string Install(string folder)
    {
        var target = Path.Combine(folder, Version);
        if (Directory.Exists(target))
            return target;

        var source = Path.Combine(AppContext.BaseDirectory, "postgresql");
        if (!Directory.Exists(source))
            throw new StartException($"The embedded PostgreSQL is not at {source}. Build again, or name a server: Database__ConnectionString=Host=…");
        var part = target + ".part";
        if (Directory.Exists(part))
            Directory.Delete(part, recursive: true);
        Copy(new DirectoryInfo(source), part);
        Directory.Move(part, target);
        return target;
    }

    private static void Copy(DirectoryInfo source, string target)
    {
        Directory.CreateDirectory(target);
        foreach (var entry in source.EnumerateFileSystemInfos())
        {
            var name = Path.Combine(target, entry.Name);
            if (entry.LinkTarget is { } link)
                File.CreateSymbolicLink(name, link);
            else if (entry is DirectoryInfo folder)
                Copy(folder, name);
            else
                ((FileInfo)entry).CopyTo(name);
        }
    }
}
