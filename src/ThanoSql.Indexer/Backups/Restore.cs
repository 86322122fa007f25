using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using ThanoSql.Indexer.EmbeddedPostgreSql;

namespace ThanoSql.Indexer.Backups;

/// <summary>What a restore did.</summary>
/// <param name="Manifest">Of the backup.</param>
/// <param name="MovedAside">Files and folders that were there before, under their new names.</param>
/// <param name="HasPipelines">Whether the backup held pipelines' files.</param>
internal sealed record Restored(Manifest Manifest, IReadOnlyList<string> MovedAside, bool HasPipelines);

/// <summary>
/// Brings the archive of a <see cref="Backup"/> back into a home folder: checked as a whole, unpacked beside, then put in place part by part. Until
/// then nothing is changed; what was there is kept under another name.
/// </summary>
internal sealed class Restore
{
    private readonly string _archive;
    private readonly HomeFolder _home;
    private readonly string _tag; // of the names beside; no two restores have the same

    private Restore(string archive, HomeFolder home, DateTimeOffset now)
    {
        _archive = archive;
        _home = home;
        var dice = RandomNumberGenerator.GetHexString(4, lowercase: true);
        _tag = string.Create(CultureInfo.InvariantCulture, $"{now.UtcDateTime:yyyyMMdd-HHmmss}-{dice}");
    }

    /// <param name="archive">Its path.</param>
    /// <param name="homePath">The home folder; it may be absent.</param>
    /// <param name="overwrite">Whether an installation that is there is moved aside.</param>
    /// <param name="step">Told how far it is.</param>
    /// <param name="now">For the names of what is moved aside.</param>
    /// <param name="cancellationToken">Leaves all as it was; nothing is cancelled while parts are put in place.</param>
    /// <exception cref="StartException">The archive is cut off, altered or of another release, or the home folder is in use or not empty.</exception>
    /// <exception cref="CatalogException">A newer release made it.</exception>
    public static async Task<Restored> RunAsync(
        string archive, string homePath, bool overwrite, Step step, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(archive, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (!await Seal.IsWholeAsync(file, step("check", file.Length), cancellationToken))
            throw new StartException($"{archive} is no whole backup: it was cut off or altered, or is something else. Nothing was changed.");
        try
        {
            var manifest = await ReadManifestAsync(file, cancellationToken);
            manifest.RefuseUnlessReadable();
            using var home = HomeFolder.Take(homePath);
            return await new Restore(archive, home, now).RunAsync(file, manifest, overwrite, step, cancellationToken);
        }
        catch (Exception strange) when (strange is InvalidDataException or FormatException)
        {
            throw new StartException($"{archive} has a right seal, and is no backup all the same ({strange.Message}). Nothing was changed.");
        }
    }

    private static async Task<Manifest> ReadManifestAsync(FileStream file, CancellationToken cancellationToken)
    {
        await using var tar = Open(file);
        return await tar.GetNextEntryAsync(copyData: false, cancellationToken) is { Name: Manifest.FileName, DataStream: { } content }
            ? Manifest.Read(content)
            : throw new StartException($"{file.Name} does not begin with {Manifest.FileName}.");
    }

    private static TarReader Open(FileStream file)
    {
        file.Position = 0;
        return new TarReader(new GZipStream(file, CompressionMode.Decompress, leaveOpen: true));
    }

    private async Task<Restored> RunAsync(FileStream file, Manifest manifest, bool overwrite, Step step, CancellationToken cancellationToken)
    {
        RefuseHome(overwrite);
        Directory.CreateDirectory(_home.PostgreSql);
        HomePart.All.ToList().ForEach(RemoveUnfinished);
        if (new DriveInfo(_home.PostgreSql).AvailableFreeSpace is var free && free < manifest.Bytes)
        {
            throw new StartException(
                $"{_home.Path} has {free >> 20} MiB left, and the backup takes {manifest.Bytes >> 20} MiB. Nothing was changed.");
        }
        try
        {
            await UnpackAsync(file, step("unpack", manifest.Bytes), cancellationToken);
            var parts = HomePart.All.Where(part => Path.Exists(New(part))).ToList();
            if (!parts.Contains(HomePart.Data))
                throw new StartException($"{_archive} holds no database. Nothing was changed.");
            await OrdinaryUser.OwnAsync(_home.PostgreSql, cancellationToken);
            return new Restored(manifest, Place(parts), parts.Contains(HomePart.Pipelines));
        }
        finally
        {
            HomePart.All.ToList().ForEach(RemoveUnfinished);
        }
    }

    private void RefuseHome(bool overwrite)
    {
        if (PostmasterFile.OfRunning(HomePart.Data.In(_home.Path)) is { } server)
        {
            throw new StartException(
                $"A PostgreSQL (process {server.ProcessId}) runs in {_home.Path}, left by a thanosql that was killed. "
                + $"Stop it (kill -INT {server.ProcessId}), and try again.");
        }
        if (!overwrite && HomePart.All.FirstOrDefault(part => !IsEmpty(part.In(_home.Path))) is { } held)
        {
            throw new StartException(
                $"{held.In(_home.Path)} is there already. Choose another folder with --home, or say --overwrite: what is there is moved aside.");
        }
    }

    private async Task UnpackAsync(FileStream file, IProgress<long> progress, CancellationToken cancellationToken)
    {
        await using var tar = Open(file);
        while (await tar.GetNextEntryAsync(copyData: false, cancellationToken) is { } entry)
        {
            if (entry.Name == Manifest.FileName)
                continue;
            var target = TargetOf(entry);
            if (entry.EntryType == TarEntryType.Directory)
            {
                Directory.CreateDirectory(target, ArchiveWriter.FolderRights);
                continue;
            }
            Directory.CreateDirectory(Path.GetDirectoryName(target)!, ArchiveWriter.FolderRights);
            await using var unpacked = new FileStream(
                target,
                new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = ArchiveWriter.FileRights });
            if (entry.DataStream is { } content)
                await content.CopyToAsync(unpacked, cancellationToken);
            progress.Report(entry.Length);
        }
    }

    /// <exception cref="StartException">No backup holds such an entry: somebody made the archive by hand.</exception>
    private string TargetOf(TarEntry entry)
    {
        var name = entry.Name.TrimEnd('/');
        return entry.EntryType is TarEntryType.Directory or TarEntryType.RegularFile
            && !name.Split('/').Any(step => step is "" or "." or "..")
            && HomePart.All.FirstOrDefault(part => part.Holds(name)) is { } part
            ? New(part) + name[part.Name.Length..]
            : throw new StartException($"{_archive} holds '{entry.Name}', which is no part of an installation. Nothing was changed.");
    }

    /// <returns>What was moved aside.</returns>
    private List<string> Place(List<HomePart> parts)
    {
        RestoreMark.Set(_home.PostgreSql, _archive);
        var aside = new List<string>();
        foreach (var part in parts)
        {
            var place = part.In(_home.Path);
            if (Directory.Exists(place) && IsEmpty(place))
            {
                Directory.Delete(place);
            }
            else if (Path.Exists(place))
            {
                aside.Add($"{place}.old-{_tag}");
                Directory.Move(place, aside[^1]); // files, too
            }
            Directory.Move(New(part), place);
        }
        RestoreMark.Remove(_home.PostgreSql);
        return aside;
    }

    private string New(HomePart part) => $"{part.In(_home.Path)}.new-{_tag}";

    /// <summary>Also of restores that were killed.</summary>
    private void RemoveUnfinished(HomePart part)
    {
        var place = part.In(_home.Path);
        foreach (var left in new DirectoryInfo(Path.GetDirectoryName(place)!).EnumerateFileSystemInfos(Path.GetFileName(place) + ".new-*"))
        {
            if (left is DirectoryInfo folder)
                folder.Delete(recursive: true);
            else
                left.Delete();
        }
    }

    private static bool IsEmpty(string place) => !Path.Exists(place) || Directory.Exists(place) && !Directory.EnumerateFileSystemEntries(place).Any();
}
