using System.Buffers.Binary;
using System.Net;
using System.Text.Json;
using ThanoSql.Messages;

namespace ThanoSql.Storage.Events;

/// <summary>
/// Reads the notifications of S3 servers: the AWS event message structure (versions 2.x) as AWS, MinIO and Ceph's radosgw write it.
/// They differ in the encoding of keys, the names of events and the form of sequencers.
/// </summary>
public static class S3EventParser
{
    // What follows the colon (Put, Post, Copy, CompleteMultipartUpload, DeleteMarkerCreated, …) makes no difference: the object as it is now decides.
    private static readonly (string Prefix, bool Deleted)[] Kinds =
    [
        ("ObjectCreated:", false),
        ("ObjectRestore:Completed", false),
        ("ObjectSynced:Create", false),
        ("ObjectRemoved:", true),
        ("ObjectSynced:Delete", true),
        ("LifecycleExpiration:", true),
        ("ObjectLifecycle:Expiration:", true),
    ];

    /// <summary>The events of one message; none for a server's test message and for events that change no content.</summary>
    /// <param name="body">UTF-8 JSON with one or more <c>Records</c>.</param>
    /// <exception cref="UnreadableEventException">The body or one of its records is no S3 event.</exception>
    public static IReadOnlyList<ObjectChanged> Parse(ReadOnlyMemory<byte> body)
    {
        using var document = ParseJson(body);
        if (RecordsOf(document.RootElement) is not { } records)
            return [];
        var events = new List<ObjectChanged>();
        string? problem = null;
        foreach (var record in records.EnumerateArray())
        {
            try
            {
                if (ParseRecord(record) is { } parsed)
                    events.Add(parsed);
            }
            catch (Exception exception) when (exception is FormatException or InvalidPathException)
            {
                problem ??= exception.Message;
            }
        }
        return problem is null ? events : throw new UnreadableEventException(problem, events);
    }

    // Null for a test message
    private static JsonElement? RecordsOf(JsonElement root)
    {
        try
        {
            return IsTestMessage(root) ? null
                : Member(root, "Records") is { ValueKind: JsonValueKind.Array } records ? records
                : throw new UnreadableEventException("The message has no 'Records' list, so it is no S3 event.", []);
        }
        catch (FormatException broken)
        {
            throw new UnreadableEventException(broken.Message, [], broken);
        }
    }

    private static JsonDocument ParseJson(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonDocument.Parse(body);
        }
        catch (JsonException exception)
        {
            throw new UnreadableEventException($"The message is no JSON: {exception.Message}", [], exception);
        }
    }

    private static ObjectChanged? ParseRecord(JsonElement record)
    {
        var name = Text(record, "eventName").Replace("s3:", "", StringComparison.Ordinal);
        var kind = Kinds.Where(known => name.StartsWith(known.Prefix, StringComparison.Ordinal)).Select(known => (bool?)known.Deleted);
        if (kind.FirstOrDefault() is not { } deleted)
            return null;

        var source = Text(record, "eventSource");
        var content = Member(record, "s3") ?? throw new FormatException("An event record has no 's3'.");
        var entry = Member(content, "object") ?? throw new FormatException("An event record has no 's3.object'.");
        var bucket = Member(content, "bucket") ?? throw new FormatException("An event record has no 's3.bucket'.");
        var key = Text(entry, "key");
        if (source != S3Source.Ceph)
            key = WebUtility.UrlDecode(key);
        if (key.EndsWith('/') || key == BucketMarker.Key)
            return null; // a folder marker of a web console, or ours
        var path = new ObjectPath(Text(bucket, "name"), key);
        return new ObjectChanged
        {
            Bucket = path.Bucket,
            Key = path.Key,
            Deleted = deleted,
            Source = source,
            ETag = OptionalText(entry, "eTag") is { Length: > 0 } etag ? etag.Trim('"') : null,
            Size = Size(entry),
            Sequencer = Sequencer.Normalise(source, OptionalText(entry, "sequencer")),
            Time = Time(record),
        };
    }

    // AWS sends one when notifications are turned on.
    private static bool IsTestMessage(JsonElement root) =>
        Member(root, "Event") is { ValueKind: JsonValueKind.String } member && member.ValueEquals("s3:TestEvent"u8);

    private static JsonElement? Member(JsonElement element, string name) =>
        Readable<JsonElement?>(() => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) ? member : null);

    private static string? OptionalText(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.String } member ? TextOf(member) : null;

    private static string? TextOf(JsonElement text) => Readable(text.GetString);

    private static T Readable<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException broken)
        {
            throw new FormatException("An event record holds bytes that are no UTF-8, or half of a surrogate pair.", broken);
        }
    }

    private static string Text(JsonElement element, string name) =>
        OptionalText(element, name) ?? throw new FormatException($"An event record has no text '{name}'.");

    // A number, or as in Ceph's manual a text.
    private static long? Size(JsonElement entry) => Member(entry, "size") switch
    {
        { ValueKind: JsonValueKind.Number } size when size.TryGetInt64(out var bytes) => bytes,
        { ValueKind: JsonValueKind.String } size when long.TryParse(TextOf(size), CultureInfo.InvariantCulture, out var bytes) => bytes,
        _ => null,
    };

    private static DateTimeOffset Time(JsonElement record) =>
        DateTimeOffset.TryParse(Text(record, "eventTime"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : throw new FormatException("An event record has no readable 'eventTime'.");
}

/// <summary>Brings the sequencers of the servers into one form that compares ordinally, within one source and one key.</summary>
internal static class Sequencer
{
    private const int Width = 32;
    private const int CephBytes = 8;

    /// <summary>Null when the text is no sequencer: the event then counts without one.</summary>
    public static string? Normalise(string source, string? text)
    {
        if (string.IsNullOrEmpty(text) || text.Length > Width || !text.All(char.IsAsciiHexDigit))
            return null;
        return source == S3Source.Ceph ? FromCeph(text) : text.ToUpperInvariant().PadRight(Width, '0');
    }

    // radosgw prints the memory of a time stamp: two little-endian 32-bit numbers, seconds and nanoseconds.
    private static string? FromCeph(string text)
    {
        if (text.Length != 2 * CephBytes)
            return null;
        ReadOnlySpan<byte> bytes = Convert.FromHexString(text);
        return $"{BinaryPrimitives.ReadUInt32LittleEndian(bytes):X8}{BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]):X8}".PadRight(Width, '0');
    }
}

/// <summary>The <c>eventSource</c> of the servers whose events differ.</summary>
public static class S3Source
{
    public const string Aws = "aws:s3";
    public const string MinIO = "minio:s3";
    public const string Ceph = "ceph:s3";
}

/// <summary>A message that is no S3 event, or has records that are none.</summary>
/// <param name="reason">What is wrong, for a person.</param>
/// <param name="readable">The events of the other records of the same message, which still count.</param>
public sealed class UnreadableEventException(string reason, IReadOnlyList<ObjectChanged> readable, Exception? cause = null) : Exception(reason, cause)
{
    public IReadOnlyList<ObjectChanged> Readable { get; } = readable;
}
