using CsvHelper;
using ThanoSql.Catalog.Labels;
using ThanoSql.Query.Copying;

namespace ThanoSql.Query.Labels;

/// <summary>Labels as CSV (UTF-8, RFC 4180).</summary>
public static class LabelCsv
{
    public const string ContentType = "text/csv";

    private static readonly string[] Columns = ["path", "label", "who", "when", "split", "state", "pipeline", "model", "sha256"];

    /// <summary>Writes labels as they come.</summary>
    /// <param name="into">Left open.</param>
    /// <param name="labels">In any order.</param>
    /// <param name="workspace">The bucket of paths that name none.</param>
    /// <param name="cancellationToken">Leaves the text cut off.</param>
    public static async Task WriteAsync(Stream into, IAsyncEnumerable<ExportedLabel> labels, string workspace, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(labels);
        await using var csv = CsvWriter.Create(into, CsvWriterOptions.Default, leaveOpen: true);
        await WriteAsync(csv, Columns, cancellationToken);
        await foreach (var label in labels.WithCancellation(cancellationToken))
        {
            string?[] fields =
            [
                StorePath.Format(new ObjectPath(label.Bucket, label.Key), workspace), label.Label, label.LabelledBy,
                label.LabelledAt.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture), Split(label.HeldOut), label.State,
                label.Pipeline, label.Model, label.Sha256,
            ];
            await WriteAsync(csv, fields, cancellationToken);
        }
        await csv.FlushAsync(cancellationToken);
    }

    /// <summary>Reads the columns <c>path</c> and <c>label</c>; others are passed over, so that an export is read back.</summary>
    /// <returns>Each record with the line, from 1, on which it begins.</returns>
    /// <exception cref="QueryException">The text is no CSV, or has no such columns.</exception>
    public static IReadOnlyList<CsvLabel> Read(byte[] utf8)
    {
        try
        {
            using var records = CsvFile.Read(utf8).GetEnumerator();
            if (!records.MoveNext())
                throw new QueryException(ErrorCode.BadRequest, "The CSV is empty.", hint: "Its first line names the columns: path,label");
            var header = records.Current.Fields;
            var (path, label) = (Find(header, "path"), Find(header, "label"));
            var read = new List<CsvLabel>();
            while (records.MoveNext())
            {
                var (line, fields) = records.Current;
                read.Add(new CsvLabel(line, fields.ElementAtOrDefault(path), fields.ElementAtOrDefault(label)?.Trim()));
            }
            return read;
        }
        catch (CsvException broken)
        {
            throw new QueryException(ErrorCode.BadRequest, $"The CSV cannot be read: {broken.Message}.", inner: broken);
        }
    }

    private static int Find(string?[] header, string column) =>
        Array.FindIndex(header, name => string.Equals(name?.Trim(), column, StringComparison.OrdinalIgnoreCase)) is >= 0 and var found
            ? found
            : throw new QueryException(
                ErrorCode.BadRequest, $"The CSV has no column '{column}'; its first line is '{string.Join(',', header)}'.",
                hint: "The first line names the columns: path,label");

    private static string Split(bool? heldOut) => heldOut switch
    {
        true => "held_out",
        false => "train",
        null => "",
    };

    private static async Task WriteAsync(CsvWriter csv, string?[] fields, CancellationToken cancellationToken)
    {
        foreach (var field in fields)
            csv.WriteField(field);
        await csv.EndRecordAsync(cancellationToken);
    }
}

/// <summary>A record of a CSV file.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Path">Null when it is empty.</param>
/// <param name="Label">Null when it is empty.</param>
public sealed record CsvLabel(long Line, string? Path, string? Label);
