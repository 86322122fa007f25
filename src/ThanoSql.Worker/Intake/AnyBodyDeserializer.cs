using System.Net.Mime;
using System.Text;
using System.Text.Json;
using MassTransit;
using MassTransit.Serialization;

namespace ThanoSql.Worker.Intake;

/// <summary>
/// Takes every message body as it is: a body that cannot be read is for our own reader to refuse, with its reason, not for the transport.
/// </summary>
internal sealed class AnyBodyDeserializer : IMessageDeserializer, ISerializerFactory
{
    private static readonly SystemTextJsonRawMessageSerializer Json = new(RawSerializerOptions.AnyMessageType);

    public ContentType ContentType { get; } = new("application/json");

    public ConsumeContext Deserialize(ReceiveContext receiveContext) =>
        new BodyConsumeContext(receiveContext, Deserialize(receiveContext.Body, receiveContext.TransportHeaders, receiveContext.InputAddress));

    public SerializerContext Deserialize(MessageBody body, Headers headers, Uri? destinationAddress = null) =>
        // Not GetString: RabbitMQ's body answers with the name of its type
        Json.Deserialize(GetMessageBody(Encoding.UTF8.GetString(body.GetBytes())), headers, destinationAddress);

    public MessageBody GetMessageBody(string text) =>
        Json.GetMessageBody(JsonSerializer.Serialize(new StoreNotification(text), SystemTextJsonMessageSerializer.Options));

    public IMessageSerializer CreateSerializer() => Json;

    public IMessageDeserializer CreateDeserializer() => this;

    public void Probe(ProbeContext context) => context.CreateScope("any-body");
}
