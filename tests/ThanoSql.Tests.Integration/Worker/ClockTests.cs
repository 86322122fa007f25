using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Worker;

/// <summary>What the catalog holds after the database server's clock ran ten years ahead for a while.</summary>
public sealed class ClockTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    [Fact]
    public async Task Images_leased_or_put_off_for_ten_years_are_looked_at_and_nobody_is_thought_to_have_died_over_them()
    {
        await using var world = await IndexingWorld.CreateAsync(postgres);
        await world.SqlAsync("CREATE TABLE products (image_path text)");
        await world.ModelAsync("foods");
        for (var i = 1; i <= 3; i++)
            await world.PutAsync($"p/{i}.png", Picture.Of(i));
        await world.SqlAsync("""
            INSERT INTO thanosql.image (bucket, key, lease_owner, lease_until, next_attempt_at) VALUES
                ('workspace', 'p/1.png', gen_random_uuid(), now() + interval '10 years', now()),
                ('workspace', 'p/2.png', NULL, NULL, now() + interval '10 years'),
                ('workspace', 'p/3.png', gen_random_uuid(), now() + interval '10 years', now() + interval '10 years')
            """);

        await world.StartAsync(["name: products\nprefix: p/\ntable: products\nrows: create\nmodel: { name: foods }\n"], watch: false);

        await world.EventuallyAsync(
            "SELECT key, state, crashes FROM thanosql.image ORDER BY key", "p/1.png|indexed|0", "p/2.png|indexed|0", "p/3.png|indexed|0");
    }
}
