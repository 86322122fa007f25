using MassTransit;
using Microsoft.Extensions.Logging.Abstractions;
using ThanoSql.Messages;

namespace ThanoSql.Tests.Unit.Catalog;

public sealed class AnnouncerTests
{
    [Fact]
    public async Task A_broker_that_is_out_holds_nothing_up()
    {
        var bus = Bus.Factory.CreateUsingRabbitMq(rabbit => rabbit.Host(new Uri("amqp://127.0.0.1:1/")));

        await new Announcer(bus, NullLogger<Announcer>.Instance).SendAsync(new TrainingRequested(1), CancellationToken.None).WaitAsync(
            TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }
}
