using System.Diagnostics;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Benchmarks.Indexing;
using ThanoSql.Catalog;
using ThanoSql.Storage;

namespace ThanoSql.Benchmarks.Throughput;

/// <summary>Events a second from the publisher's first to the consumer's last.</summary>
internal static class EventRate
{
    private const int BatchSize = 64;

    /// <summary>Same queue type, batches and prefetch as the worker's, and nothing done.</summary>
    public static async Task<double> OfBareConsumerAsync(Uri broker, int events, CancellationToken stop)
    {
        var name = $"benchmark-{Guid.NewGuid():N}";
        var services = new ServiceCollection().AddLogging().AddSingleton(new Countdown(events));
        services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.AddConsumer<Bare>(
                consumer => consumer.Options<BatchOptions>(
                    batch => batch.SetMessageLimit(BatchSize).SetTimeLimit(TimeSpan.FromMilliseconds(10)).SetConcurrencyLimit(4)));
            bus.UsingRabbitMq((context, rabbit) =>
            {
                rabbit.Host(broker);
                rabbit.ReceiveEndpoint(name, endpoint =>
                {
                    endpoint.ConfigureConsumeTopology = false;
                    endpoint.DefaultContentType = new System.Net.Mime.ContentType("application/json");
                    endpoint.UseRawJsonDeserializer(RawSerializerOptions.AnyMessageType, isDefault: true);
                    endpoint.PrefetchCount = 5 * BatchSize;
                    endpoint.SetQuorumQueue();
                    endpoint.ConfigureConsumer<Bare>(context);
                });
            });
        });
        await using var provider = services.BuildServiceProvider();
        var control = provider.GetRequiredService<IBusControl>();
        await control.StartAsync(stop);
        var since = Stopwatch.GetTimestamp();
        await EventFeed.SendAsync(broker, name, events, 1, stop);
        await provider.GetRequiredService<Countdown>().Done.WaitAsync(stop);
        var seconds = Stopwatch.GetElapsedTime(since).TotalSeconds;
        await control.StopAsync(stop);
        await Queues.RemoveAsync(broker, [name]);
        return events / seconds;
    }

    /// <summary>Every object is known and unchanged: events become rows that are due, looked at by name, and committed.</summary>
    public static async Task<double> OfWorkerAsync(Uri broker, int events, CancellationToken stop)
    {
        var prefix = $"benchmark-{Guid.NewGuid():N}"[..20];
        await using var database = await OwnedDatabase.CreateAsync("events", stop);
        var photograph = Photographs.Make(1);
        double seconds;
        await using (var worker = await BenchmarkWorker.StartAsync(database.Owner, "ConvNeXt_Atto", stop, (broker, prefix)))
        {
            await Parallel.ForAsync(0, events, stop, async (i, token) =>
                await worker.Store.WriteAsync(new ObjectPath("workspace", EventFeed.KeyOf(i)), new MemoryStream(photograph), "image/jpeg", token));
            await RoundAsync(1);
            var since = Stopwatch.GetTimestamp();
            await RoundAsync(2);
            seconds = Stopwatch.GetElapsedTime(since).TotalSeconds;
        }
        await Queues.RemoveAsync(broker, Queues.Of(prefix)); // nobody consumes from them any more
        return events / seconds;

        async Task RoundAsync(int round)
        {
            await EventFeed.SendAsync(broker, $"{prefix}-store", events, round, stop);
            while (
                await database.Owner.Command("SELECT count(*) FROM thanosql.image WHERE state = 'indexed' AND sequencer LIKE $1", $"{round:X8}%")
                    .ScalarAsync<long>(stop) < events)
            {
                await Task.Delay(10, stop);
            }
        }
    }

    private sealed class Countdown(int events)
    {
        private readonly TaskCompletionSource _done = new();
        private int _left = events;

        public Task Done => _done.Task;

        public void Count(int batch)
        {
            if (Interlocked.Add(ref _left, -batch) <= 0)
                _done.TrySetResult();
        }
    }

    private sealed record StoreEvent(IReadOnlyList<object> Records);

    private sealed class Bare(Countdown countdown) : IConsumer<Batch<StoreEvent>>
    {
        public Task Consume(ConsumeContext<Batch<StoreEvent>> context)
        {
            countdown.Count(context.Message.Length);
            return Task.CompletedTask;
        }
    }
}
