using System.Globalization;
using Spectre.Console;

namespace ThanoSql.Benchmarks.Throughput;

/// <summary>
/// Events a second where no picture needs a look, against a consumer that does nothing with them; images a second of two worker processes against one
/// with two threads. Needs <c>Database__ConnectionString</c> (superuser) and <c>Bus__RabbitMq__Uri</c>.
/// </summary>
internal static class ThroughputBenchmark
{
    public const string Description =
        "events/s over RabbitMQ without inference against a bare MassTransit consumer; images/s of 2 processes against 1 with 2 threads";

    private const int Events = 5000;
    private const int Images = 300;

    public static async Task RunAsync(CancellationToken stop)
    {
        var broker = new Uri(Environment.GetEnvironmentVariable("Bus__RabbitMq__Uri")
            ?? throw new InvalidOperationException("Set Bus__RabbitMq__Uri to a RabbitMQ (infra/servers.sh start rabbitmq prints one)."));
        var bare = await EventRate.OfBareConsumerAsync(broker, Events, stop);
        var ours = await EventRate.OfWorkerAsync(broker, Events, stop);
        AnsiConsole.Write(new Table().AddColumns("events", "per second", "of the bare one")
            .AddRow("a MassTransit consumer that does nothing", Text(bare), "")
            .AddRow("the worker: row, lease, stat, commit", Text(ours), Text(ours / bare)));

        var threads = await ImageRate.OfAsync(broker, processes: 1, threads: 2, Images, stop);
        var processes = await ImageRate.OfAsync(broker, processes: 2, threads: 1, Images, stop);
        AnsiConsole.Write(new Table().AddColumns("images", "per second")
            .AddRow("1 process of 2 threads", Text(threads))
            .AddRow("2 processes of 1 thread", Text(processes)));
        AnsiConsole.WriteLine(
            $"{Events} events of known pictures, batches of 64; {Images} photographs of 640 x 480, " +
            $"a random ConvNeXt_Atto; {Environment.ProcessorCount} cores, broker and database on them too.");
    }

    private static string Text(double figure) => figure.ToString(figure < 10 ? "0.00" : "0", CultureInfo.InvariantCulture);
}
