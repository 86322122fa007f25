using MassTransit;
using ThanoSql.Storage.S3;
using ThanoSql.Worker.Sweeping;

namespace ThanoSql.Indexer.Commands;

/// <summary><c>thanosql store init | adopt</c></summary>
internal static class StoreCommand
{
    public static Command Create() => new("store", "The object store.") { Init(), Adopt() };

    private static Command Init()
    {
        var kind = new Option<string>("--kind") { Description = "minio or ceph.", DefaultValueFactory = _ => "minio" }
            .AcceptOnlyFromAmong("minio", "ceph");
        var bucket = new Option<string?>("--bucket") { Description = "Default: Storage:DefaultBucket." };
        var target = new Option<string>("--target")
        {
            Description = "Where the store sends events. MinIO: the ARN of the AMQP target in its own environment; "
                + "Ceph: RabbitMQ's address as the gateway sees it, without password.",
            DefaultValueFactory = _ => "",
        };
        const string description =
            "Of S3: makes exchange, queue and binding, then the bucket, and turns its notifications on. Doing it twice changes nothing.";
        var command = new Command("init", description) { kind, bucket, target };
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(parsed.GetValue(kind)!, parsed.GetValue(bucket), parsed.GetValue(target)!, cancellationToken));
        return command;
    }

    private static Command Adopt()
    {
        var bucket = new Argument<string>("bucket") { Description = "That is said not to be there." };
        var yes = new Option<bool>("--yes") { Description = "Does it; else it is only said what it would lose." };
        const string description = "Takes what a bucket holds now for the store of its known images from now on; images without an object are lost.";
        var command = new Command("adopt", description) { bucket, yes };
        command.SetCatalogAction((parsed, services, cancellationToken) =>
            AdoptAsync(services, parsed.GetValue(bucket)!, parsed.GetValue(yes), cancellationToken));
        return command;
    }

    private static async Task AdoptAsync(IServiceProvider services, string bucket, bool yes, CancellationToken cancellationToken)
    {
        var adoption = services.GetRequiredService<BucketAdoption>();
        var (known, lost) = await adoption.LossAsync(bucket, cancellationToken);
        AnsiConsole.MarkupLineInterpolated($"{bucket}: {known} images are known, and {lost} of them have no object in this store.");
        if (!yes)
            throw new StartException($"Nothing was changed. To take this store for the bucket's own: thanosql store adopt {bucket} --yes");
        await adoption.AdoptAsync(bucket, cancellationToken);
        AnsiConsole.MarkupLineInterpolated($"{bucket} is this store from now on. A running worker does the rest.");
    }

    private static async Task<int> RunAsync(string kind, string? bucket, string target, CancellationToken cancellationToken)
    {
        var builder = ServiceApplication.Builder(Installation.WithoutDatabase(null).Settings);
        var configuration = builder.Configuration;
        var options = configuration.GetSection("Storage:S3").Get<S3StoreOptions>()
            ?? throw new StartException("Storage:S3 is not configured: Endpoint, AccessKey, SecretKey.");
        var name = bucket ?? configuration["Storage:DefaultBucket"] ?? "workspace";
        var prefix = configuration.GetSection(IndexingOptions.Section).Get<IndexingOptions>()?.QueuePrefix ?? new IndexingOptions().QueuePrefix;
        await DeclareAsync(configuration, cancellationToken);

        var init = new StoreInit(options, TimeProvider.System);
        if (kind == "minio")
            await init.MinIOAsync(name, target.Length == 0 ? StoreInit.MinIOAmqpTarget : target, cancellationToken);
        else if (Uri.TryCreate(target, UriKind.Absolute, out var address))
            await init.CephAsync(name, new CephNotification($"{prefix}-{name}", address, $"{prefix}-store"), cancellationToken);
        else
            throw new StartException("Ceph needs --target amqp://host:5672, RabbitMQ's address as the gateway sees it.");
        Console.WriteLine($"Bucket {name} sends its events to the exchange {prefix}-store.");
        return 0;
    }

    // Before notifications are on: nobody keeps events that have nowhere to go.
    private static async Task DeclareAsync(ConfigurationManager configuration, CancellationToken cancellationToken)
    {
        configuration[BusServices.TopologyOnly] = "true";
        var host = Host.CreateApplicationBuilder();
        host.Configuration.AddConfiguration(configuration);
        host.Services.AddRoles(configuration, Roles.Worker);
        await using var services = host.Services.BuildServiceProvider();
        var bus = services.GetRequiredService<IBusControl>();
        await bus.DeployAsync(cancellationToken);
    }
}
