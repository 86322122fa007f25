using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ThanoSql.Embedding;
using ThanoSql.Vision.Inference;

namespace ThanoSql.Tests.Unit.Embedding;

public sealed class VisionOptionsTests
{
    [Fact]
    public void Batch_sizes_of_the_configuration_replace_the_usual_ones()
    {
        Of([]).EffectiveBatchSizes.ShouldBe([1, 8, 32, 128]);
        Of(new() { ["Vision:BatchSizes:0"] = "4", ["Vision:BatchSizes:1"] = "64" }).EffectiveBatchSizes.ShouldBe([4, 64]);
    }

    [Theory]
    [InlineData("8", "4")]
    [InlineData("8", "8")]
    [InlineData("0", "8")]
    [InlineData("8", "2048")]
    public void Batch_sizes_that_do_not_rise_or_are_out_of_range_are_refused(string first, string second)
    {
        var error = Should.Throw<OptionsValidationException>(
            () => Of(new() { ["Vision:BatchSizes:0"] = first, ["Vision:BatchSizes:1"] = second }));
        error.Message.ShouldContain("Vision:BatchSizes has one to eight sizes");
    }

    [Fact]
    public void The_limit_of_a_cards_memory_is_checked_too()
    {
        Of(new() { ["Vision:Cuda:MemoryMegabytes"] = "2048" }).Cuda.MemoryMegabytes.ShouldBe(2048);
        Should.Throw<OptionsValidationException>(() => Of(new() { ["Vision:Cuda:MemoryMegabytes"] = "-1" }))
            .Message.ShouldContain(nameof(CudaOptions.MemoryMegabytes));
    }

    private static VisionOptions Of(Dictionary<string, string?> settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        using var services = new ServiceCollection().AddEmbedding(configuration).BuildServiceProvider();
        return services.GetRequiredService<IOptions<VisionOptions>>().Value;
    }
}
