using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using ThanoSql.Catalog.Webhooks;

namespace ThanoSql.Query.Webhooks;

/// <summary>
/// One call of a webhook: <c>{"events": [{"id", "type", "timestamp", "data"}, …]}</c>, be it one event or a hundred.
/// </summary>
/// <param name="Id">The same for the same events, so that a receiver knows a call that it has seen.</param>
/// <param name="Body">UTF-8.</param>
internal sealed record WebhookMessage(string Id, byte[] Body)
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static WebhookMessage Of(IReadOnlyList<WebhookDelivery> events)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body, Readable))
        {
            json.WriteStartObject();
            json.WriteStartArray("events");
            foreach (var told in events)
                Write(json, told);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return new WebhookMessage(IdOf(events), body.WrittenSpan.ToArray());
    }

    /// <summary>A call that tells of nothing.</summary>
    public static WebhookMessage Test(DateTimeOffset now) =>
        Of([new WebhookDelivery(now.ToUnixTimeMilliseconds(), WebhookEvents.Test, now.UtcDateTime, "{}", 0)]);

    /// <summary>The header <c>webhook-signature</c>, as Standard Webhooks has it.</summary>
    /// <param name="secret">The receiver's.</param>
    /// <param name="timestamp">Of the call, in seconds of Unix time.</param>
    public string Sign(byte[] secret, long timestamp)
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret);
        mac.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Id}.{timestamp}.")));
        mac.AppendData(Body);
        return $"v1,{Convert.ToBase64String(mac.GetHashAndReset())}";
    }

    private static void Write(Utf8JsonWriter json, WebhookDelivery told)
    {
        json.WriteStartObject();
        json.WriteString("id", string.Create(CultureInfo.InvariantCulture, $"evt_{told.EventId}"));
        json.WriteString("type", told.Type);
        json.WriteString("timestamp", told.At);
        json.WritePropertyName("data");
        json.WriteRawValue(told.Data);
        json.WriteEndObject();
    }

    private static string IdOf(IReadOnlyList<WebhookDelivery> events)
    {
        var ids = string.Join(',', events.Select(e => e.EventId.ToString(CultureInfo.InvariantCulture)));
        return $"msg_{Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(ids)).AsSpan(0, 18))}";
    }
}
