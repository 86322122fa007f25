using System.Text;
using System.Text.Json;
using ThanoSql.Catalog.Webhooks;
using ThanoSql.Query.Webhooks;

namespace ThanoSql.Tests.Unit.Query.Webhooks;

public sealed class WebhookMessageTests
{
    [Fact]
    public void A_call_is_signed_as_Standard_Webhooks_example_is()
    {
        var message = new WebhookMessage("msg_p5jXN8AQM9LWM0D4loKWxJek", Encoding.UTF8.GetBytes("""{"test": 2432232314}"""));

        message.Sign(Convert.FromBase64String("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), 1614265330).ShouldBe(
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    [Fact]
    public void One_event_and_many_have_one_shape()
    {
        var at = new DateTime(2026, 11, 30, 10, 0, 0, DateTimeKind.Utc);
        var events = Enumerable.Range(1, 3).Select(i => new WebhookDelivery(i, "image.gone", at, """{"path": "사과.png"}""", 0)).ToList();

        Encoding.UTF8.GetString(WebhookMessage.Of([events[0]]).Body).ShouldBe(
            """{"events":[{"id":"evt_1","type":"image.gone","timestamp":"2026-11-30T10:00:00Z","data":{"path": "사과.png"}}]}""");
        JsonSerializer.Deserialize<JsonElement>(WebhookMessage.Of(events).Body).GetProperty("events").GetArrayLength().ShouldBe(3);
    }

    [Fact]
    public void The_same_events_are_the_same_message_and_others_are_not()
    {
        WebhookDelivery Event(long id, int attempts) => new(id, "image.gone", DateTime.UnixEpoch, "{}", attempts);

        WebhookMessage.Of([Event(1, 0), Event(2, 0)]).Id.ShouldBe(WebhookMessage.Of([Event(1, 5), Event(2, 5)]).Id);
        WebhookMessage.Of([Event(1, 0), Event(2, 0)]).Id.ShouldNotBe(WebhookMessage.Of([Event(1, 0)]).Id);
        WebhookMessage.Of([Event(12, 0)]).Id.ShouldNotBe(WebhookMessage.Of([Event(1, 0), Event(2, 0)]).Id);
    }
}
