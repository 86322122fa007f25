using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ThanoSql.Indexer.Hosting;

namespace ThanoSql.Tests.Unit.Indexer;

public sealed class BusTests
{
    [Fact]
    public void The_bus_reports_its_usage_to_nobody()
    {
        using var services = new ServiceCollection().AddBus(new ConfigurationBuilder().Build(), Roles.All).BuildServiceProvider();

        services.GetRequiredService<IOptions<UsageTelemetryOptions>>().Value.Enabled.ShouldBeFalse();
    }
}
