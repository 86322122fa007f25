using System.Globalization;
using System.Text.Json;
using ThanoSql.Tests.Faults.Ledger;

namespace ThanoSql.Tests.Faults.World;

/// <summary>Notifications as an S3 server writes them, for tests that lose, repeat or shuffle them.</summary>
/// <param name="bucket">The bucket.</param>
/// <param name="source">The server: <c>aws:s3</c>, <c>minio:s3</c>.</param>
internal sealed class StoreEvents(string bucket, string source = "aws:s3")
{
    private int _sequence = 1;

    /// <summary>The next event of this server.</summary>
    public byte[] Of(Change change) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        Records = new[]
        {
            new
            {
                eventVersion = "2.1",
                eventSource = source,
                eventTime = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture),
                eventName = change.Deleted ? "ObjectRemoved:Delete" : "ObjectCreated:Put",
                s3 = new
                {
                    bucket = new { name = bucket },
                    @object = new
                    {
                        key = Uri.EscapeDataString(change.Key),
                        size = change.Size,
                        eTag = change.ETag,
                        sequencer = Interlocked.Increment(ref _sequence).ToString("X16", CultureInfo.InvariantCulture),
                    },
                },
            },
        },
    });
}
