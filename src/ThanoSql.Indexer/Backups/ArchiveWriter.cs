using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;

namespace ThanoSql.Indexer.Backups;

/// <summary>Writes a sealed archive (tar, gzip): under its name only when it is whole, and for its owner alone to read.</summary>
internal sealed class ArchiveWriter : IAsyncDisposable
{
    public const UnixFileMode FileRights = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    public const UnixFileMode FolderRights = FileRights | UnixFileMode.UserExecute;

    private readonly string _path;
    private readonly string _part;
    private readonly FileStream _file;
    private readonly SHA256 _hash = SHA256.Create();
    private readonly CryptoStream _hashed;
    private readonly TarWriter _tar;

    /// <param name="path">Of the archive; it is written beside, under a name with <c>.part-</c>.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    public ArchiveWriter(string path)
    {
        _path = path;
        _part = $"{path}.part-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        _file = new FileStream(
            _part,
            new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = FileRights,
                BufferSize = 0, // on a full disk there is nothing left to write when it is closed
            });
        _hashed = new CryptoStream(_file, _hash, CryptoStreamMode.Write, leaveOpen: true);
        _tar = new TarWriter(new GZipStream(_hashed, CompressionLevel.Fastest, leaveOpen: true), TarEntryFormat.Pax);
    }

    public Task AddFolderAsync(string name, CancellationToken cancellationToken) => _tar.WriteEntryAsync(
        new PaxTarEntry(TarEntryType.Directory, name + "/") { Mode = FolderRights }, cancellationToken);

    /// <param name="name">With slashes.</param>
    /// <param name="content">From its begin; its length is known.</param>
    /// <param name="cancellationToken">Leaves the archive unfinished.</param>
    public Task AddAsync(string name, Stream content, CancellationToken cancellationToken) => _tar.WriteEntryAsync(
        new PaxTarEntry(TarEntryType.RegularFile, name) { Mode = FileRights, DataStream = content }, cancellationToken);

    /// <summary>Seals the archive and gives it its name.</summary>
    /// <param name="overwrite">Whether it may take another file's place.</param>
    /// <param name="cancellationToken">Leaves nothing.</param>
    /// <returns>Its bytes.</returns>
    /// <exception cref="IOException">There is another file.</exception>
    public async Task<long> FinishAsync(bool overwrite, CancellationToken cancellationToken)
    {
        await _tar.DisposeAsync();
        await _hashed.FlushFinalBlockAsync(cancellationToken);
        await _file.WriteAsync(Seal.Of(_hash.Hash), cancellationToken);
        _file.Flush(flushToDisk: true);
        var bytes = _file.Length;
        await _file.DisposeAsync();
        File.Move(_part, _path, overwrite);
        return bytes;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _tar.DisposeAsync();
            await _hashed.DisposeAsync();
        }
        finally
        {
            await _file.DisposeAsync();
            File.Delete(_part); // unless it has its name by now
            _hash.Dispose();
        }
    }
}
