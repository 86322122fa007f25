using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ThanoSql.Embedding;

namespace ThanoSql.Tests.Unit.Embedding;

public sealed class EmbeddingServicesTests
{
    [Fact]
    public async Task The_workers_limit_of_an_objects_size_is_everybodys()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Indexing:MaxBytes", "4096")]).Build();
        await using var services = new ServiceCollection().AddEmbedding(configuration).BuildServiceProvider();

        services.GetRequiredService<IOptions<ReadingOptions>>().Value.MaxBytes.ShouldBe(4096);
    }
}
