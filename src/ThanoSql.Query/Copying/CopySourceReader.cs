using ThanoSql.Vision.Imaging;

namespace ThanoSql.Query.Copying;

/// <summary>Reads the source of a COPY: records in the statement, a file of the store, or a folder of pictures.</summary>
public sealed class CopySourceReader(IObjectStore store, IOptions<SqlOptions> sql, IOptions<QueryLimits> limits)
{
    private static readonly string[] Unsupported = [".xls", ".xlsb", ".pkl", ".pickle", ".pqt", ".parquet"];

    /// <exception cref="QueryException">It is missing, too large, of a kind that is not supported, or broken.</exception>
    internal async Task<SourceRows> ReadAsync(CopySource source, TableFormat format, CancellationToken cancellationToken)
    {
        if (source.IsRecords)
            return JsonRecordsReader.Read(source.Text, limits.Value);
        var name = source.Text.TrimEnd('/');
        var extension = Path.GetExtension(name);
        if (Unsupported.Contains(extension, StringComparer.OrdinalIgnoreCase))
        {
            throw new QueryException(
                ErrorCode.NotSupported, $"COPY from {extension} files is not supported.",
                hint: "Write CSV or XLSX: df.to_csv('x.csv', index=False), or COPY the records themselves.");
        }
        var path = StorePath.Parse(name, sql.Value.Workspace);
        await using var file = source.Text.EndsWith('/') ? null : await store.OpenReadAsync(path, cancellationToken);
        return file is null ? await FolderAsync(path, cancellationToken) : await FileAsync(path, file, format, cancellationToken);
    }

    private async Task<SourceRows> FileAsync(ObjectPath path, StoredObject file, TableFormat format, CancellationToken cancellationToken)
    {
        var most = limits.Value.CopyMegabytes * 1_000_000L;
        if (file.Info.Size > most)
        {
            throw new QueryException(
                ErrorCode.TooLarge, $"'{path.Key}' is larger than {limits.Value.CopyMegabytes} MB.",
                hint: "Split it, or raise Query:Limits:CopyMegabytes.");
        }
        return TableFile.Read($"'{path.Key}'", await file.ReadAllAsync(most, cancellationToken), format, limits.Value, cancellationToken);
    }

    // One row a picture; the folder right above it is its label, unless that is the folder asked for.
    private async Task<SourceRows> FolderAsync(ObjectPath folder, CancellationToken cancellationToken)
    {
        var rows = new List<string?[]>();
        var size = new CopySize(limits.Value);
        await foreach (var page in store.ListAsync(folder.Bucket, folder.Key + "/", null, cancellationToken))
        {
            foreach (var item in page.Objects.Where(o => ImageSignature.IsUsualName(o.Key)))
            {
                var label = item.Key[(folder.Key.Length + 1)..].Split('/') is [.., var parent, _] ? parent : null;
                size.AddRow(columns: 2);
                rows.Add([StorePath.Format(item.Path, sql.Value.Workspace), label]);
            }
        }
        return rows.Count > 0
            ? SourceRows.Of(["image_path", "label"], new CountedRows(rows.Count, rows), _ => "text")
            : throw new QueryException(
                ErrorCode.NotFound, $"There is no file or folder of pictures '{folder.Key}' in '{folder.Bucket}'.",
                hint: "Paths are relative to the workspace, or s3://bucket/key.");
    }
}
