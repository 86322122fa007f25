using System.Runtime.CompilerServices;
using ThanoSql.Query.Copying;

namespace ThanoSql.Query.Tables;

/// <summary>Lists the pictures of a folder of the store into a temporary table of one column, a page at a time.</summary>
internal sealed class PictureFolder(IObjectStore store, IOptions<SqlOptions> sql, IOptions<QueryLimits> limits)
{
    /// <param name="connection">The user's.</param>
    /// <param name="table">The temporary table; it is made.</param>
    /// <param name="column">Of the paths.</param>
    /// <param name="path">Of the folder, or of one picture.</param>
    /// <param name="options">Which files count.</param>
    /// <param name="cancellationToken">Leaves the table behind, which ends with its session.</param>
    /// <exception cref="QueryException">There is no picture, or there are too many.</exception>
    /// <exception cref="StoreException">The path names nothing in the store, or leads out of it.</exception>
    public async Task ListAsync(
        NpgsqlConnection connection, string table, string column, StringValue path, PictureTableOptions options, CancellationToken cancellationToken)
    {
        await TableWriter.RunAsync(connection, $"CREATE TEMPORARY TABLE {table} ({Identifier.Quote(column)} text)", cancellationToken);
        var size = new CopySize(limits.Value);
        await using (var rows = await connection.BeginBinaryImportAsync($"COPY {table} FROM STDIN (FORMAT BINARY)", cancellationToken))
        {
            await foreach (var found in FindAsync(path, options, cancellationToken))
            {
                size.AddRow(columns: 2);
                await rows.StartRowAsync(cancellationToken);
                await rows.WriteAsync(StorePath.Format(found, sql.Value.Workspace), cancellationToken);
            }
            await rows.CompleteAsync(cancellationToken);
        }
        if (size.Rows == 0)
            throw Nothing(path, options);
    }

    private IAsyncEnumerable<ObjectPath> FindAsync(StringValue path, PictureTableOptions options, CancellationToken cancellationToken) =>
        options.IsFile ? FileAsync(path, options, cancellationToken) : FolderAsync(path, options, cancellationToken);

    private async IAsyncEnumerable<ObjectPath> FileAsync(
        StringValue path, PictureTableOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var file = StorePath.Parse(path.Text, sql.Value.Workspace);
        if (options.Takes(file.Key) && await store.StatAsync(file, cancellationToken) is { } found)
            yield return found.Path;
    }

    private async IAsyncEnumerable<ObjectPath> FolderAsync(
        StringValue path, PictureTableOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (bucket, prefix) = StorePath.ParsePrefix(path.Text.TrimEnd('/'), sql.Value.Workspace);
        await foreach (var page in store.ListAsync(bucket, prefix.Length == 0 ? "" : prefix + '/', null, cancellationToken))
        {
            foreach (var found in page.Objects.Where(o => options.Takes(o.Key)))
                yield return found.Path;
        }
    }

    private static QueryException Nothing(StringValue path, PictureTableOptions options) => new(
        ErrorCode.NotFound,
        options.IsFile
            ? $"There is no picture '{path.Text}' of the type {string.Join(", ", options.Extensions)}."
            : $"There is no folder '{path.Text}' with files of the type {string.Join(", ", options.Extensions)}.",
        hint: "Paths are relative to the workspace, or s3://bucket/key; OPTIONS (file_type=['.png']) asks for other files.");
}
