using System.Text;
using ThanoSql.Indexer.EmbeddedPostgreSql;

namespace ThanoSql.Indexer.Backups;

/// <summary>Begins a step that takes a while.</summary>
/// <param name="name">For people.</param>
/// <param name="bytes">That are to be done.</param>
/// <returns>Is told of bytes as they are done.</returns>
internal delegate IProgress<long> Step(string name, long bytes);

/// <summary>What an installation with an embedded PostgreSQL consists of, but for the objects of its store.</summary>
/// <param name="Home">Its folder.</param>
/// <param name="Models">The folder of its models, wherever that is.</param>
/// <param name="Pipelines">The folder of its pipelines' files; null when they are those of the program.</param>
internal sealed record Backup(string Home, string Models, string? Pipelines)
{
    private string PostgreSql => Path.Combine(Home, HomeFolder.PostgreSqlFolder);

    /// <summary>Copies everything into one archive, while the installation works.</summary>
    /// <param name="path">Of the archive.</param>
    /// <param name="overwrite">Whether it may take another file's place.</param>
    /// <param name="manifest">Of it, but for its size.</param>
    /// <param name="step">Told how far it is.</param>
    /// <param name="cancellationToken">Leaves nothing.</param>
    /// <returns>The archive's bytes.</returns>
    /// <exception cref="StartException">The archive's place is none, or the server does not last.</exception>
    public async Task<long> WriteAsync(string path, bool overwrite, Manifest manifest, Step step, CancellationToken cancellationToken)
    {
        RefusePlace(path, overwrite);
        await using var archive = new ArchiveWriter(path);
        try
        {
            await using var copying = await BaseBackup.BeginAsync(PostgreSql, cancellationToken);
            var data = Data().ToList();
            manifest = manifest with { Bytes = data.Concat(Others()).Sum(file => file.Bytes ?? 0) };
            await archive.AddAsync(Manifest.FileName, new MemoryStream(manifest.ToBytes()), cancellationToken);
            var progress = step("copy", manifest.Bytes);
            await CopyAsync(archive, data, progress, cancellationToken);
            var control = await DataFiles.ReadControlAsync(In(HomePart.Data), cancellationToken);
            await archive.AddAsync($"{HomePart.Data.Name}/{DataFiles.Control}", new MemoryStream(control), cancellationToken);

            var end = await copying.EndAsync(cancellationToken);
            var label = new MemoryStream(Encoding.UTF8.GetBytes(end.Label));
            await archive.AddAsync($"{HomePart.Data.Name}/{DataFiles.Label}", label, cancellationToken);
            await CopyAsync(archive, end.Segments.Select(Segment), progress, cancellationToken);
            // After the database, which names files that were there first
            await CopyAsync(archive, Others(), progress, cancellationToken);
        }
        catch (NpgsqlException broken)
        {
            throw new StartException($"PostgreSQL ended the backup, and nothing is left of it: {broken.Message}");
        }
        return await archive.FinishAsync(overwrite, cancellationToken);
    }

    private void RefusePlace(string path, bool overwrite)
    {
        if (Directory.Exists(path))
            throw new StartException($"{path} is a folder; name the file that is to be written.");
        if (File.Exists(path) && !overwrite)
            throw new StartException($"{path} is there already. Choose another name, or say --overwrite.");
        if (new[] { PostgreSql, Models, Pipelines }.Any(folder => folder is not null && path.StartsWith(folder + "/", StringComparison.Ordinal)))
            throw new StartException($"{path} would lie in what is copied. Choose another folder, best on another disk.");
    }

    private IEnumerable<CopiedFile> Data() => CopiedFile.In(HomePart.Data.Name, In(HomePart.Data), DataFiles.IsLeft, DataFiles.IsEmptied);

    private IEnumerable<CopiedFile> Others() =>
    [
        .. HomePart.All.Where(part => part != HomePart.Data && File.Exists(In(part)))
            .Select(part => new CopiedFile(part.Name, In(part), new FileInfo(In(part)).Length)),
        .. Folder(HomePart.Models, Models), .. Folder(HomePart.Pipelines, Pipelines),
    ];

    private static IEnumerable<CopiedFile> Folder(HomePart part, string? folder) =>
        Directory.Exists(folder) ? CopiedFile.In(part.Name, folder, _ => false, _ => false) : [];

    private string In(HomePart part) => part.In(Home);

    private CopiedFile Segment(string name)
    {
        var file = new FileInfo(Path.Combine(In(HomePart.Data), DataFiles.Log, name));
        return new CopiedFile($"{HomePart.Data.Name}/{DataFiles.Log}/{name}", file.FullName, file.Length);
    }

    private static async Task CopyAsync(
        ArchiveWriter archive, IEnumerable<CopiedFile> files, IProgress<long> progress, CancellationToken cancellationToken)
    {
        foreach (var file in files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (file.Bytes is null)
            {
                await archive.AddFolderAsync(file.Name, cancellationToken);
                continue;
            }
            await using var content = Open(file.Path);
            if (content is not null)
                await archive.AddAsync(file.Name, new SteadyStream(content, progress), cancellationToken);
        }
    }

    /// <summary>Null: it was removed meanwhile, with its table or model.</summary>
    private static FileStream? Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
