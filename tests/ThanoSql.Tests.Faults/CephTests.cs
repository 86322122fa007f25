using ThanoSql.Tests.Faults.World;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Faults;

/// <summary>A real S3 server that tells the broker of its changes by itself.</summary>
public sealed class CephTests(RealServers servers)
{
    [Fact]
    public async Task What_is_put_into_Ceph_has_its_row_and_deletions_are_followed_whatever_the_key()
    {
        // A gateway of its own: radosgw 16 keeps one exchange for each broker, and refuses others ("exchange mismatch")
        await using var ceph = await PrivateServers.CreateAsync("ceph");
        await using var world = await FaultWorld.CreateAsync(servers, ceph);
        var address = new Uri(await servers.RabbitMqAsync());
        (await world.RunAsync("store", "init", "--kind", "ceph", "--bucket", world.Bucket, "--target", $"amqp://{address.Host}:{address.Port}"))
            .ShouldContain(world.Bucket);
        world.Announce = _ => Task.CompletedTask; // Ceph does
        await world.Writer.PutAsync("p/before any worker.png");
        await world.StartWorkerAsync(("Indexing__SweepOnStart", "true"));

        await world.Writer.PutAsync("p/사과 파이.png");
        await world.Writer.PutAsync("p/1+1 행사.png");
        await world.Writer.PutAsync("p/100%25 ?&=#.png");
        await world.Writer.ChurnAsync(60);
        await world.ShouldBecomeCleanAsync();

        await world.Writer.PutAsync("p/1+1 행사.png");
        await world.Writer.DeleteAsync("p/사과 파이.png");
        await world.ShouldBecomeCleanAsync();
    }
}
