using ThanoSql.Vision.Trunks;

namespace ThanoSql.Tests.Unit.Vision.Trunks;

/// <summary>A ConvNeXt small enough for tests.</summary>
internal static class TestTrunk
{
    public static ConvNeXtVariant Variant { get; } = new("test", [1, 2, 1, 1], [4, 8, 12, 16]);

    public static SafeTensors Weights(ulong seed = 5) => SafeTensors.Parse(RandomTrunk.Create(Variant, seed), "test trunk");
}
