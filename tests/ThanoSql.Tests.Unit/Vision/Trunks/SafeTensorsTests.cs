using System.Buffers.Binary;
using System.Text;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Tests.Unit.Vision.Trunks;

public class SafeTensorsTests
{
    [Fact]
    public void Float16_bfloat16_and_float32_read_alike()
    {
        var file = File(
            """
            {"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},
             "b":{"dtype":"BF16","shape":[2],"data_offsets":[4,8]},
             "c":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]}}
            """,
            [0x00, 0x3E, 0x00, 0xC0, 0xC0, 0x3F, 0x00, 0xC0, 0, 0, 0xC0, 0x3F, 0, 0, 0, 0xC0]);
        var tensors = SafeTensors.Parse(file, "test");
        tensors.Read("a", 2).ShouldBe([1.5f, -2f]);
        tensors.Read("b", 2).ShouldBe([1.5f, -2f]);
        tensors.Read("c", 1, 2).ShouldBe([1.5f, -2f]);
        tensors.Names.ShouldBe(["a", "b", "c"], ignoreOrder: true);
    }

    [Fact]
    public void A_linear_layer_reads_as_a_1x1_convolution()
    {
        var tensors = SafeTensors.Parse(File("""{"w":{"dtype":"F32","shape":[1,1,1,1],"data_offsets":[0,4]}}""", new byte[4]), "test");
        tensors.Read("w", 1, 1).ShouldBe([0f]);
        Should.Throw<TrunkException>(() => tensors.Read("w", 1, 2)).Message.ShouldContain("[1, 1, 1, 1]");
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}""", 6, "overlaps")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "hole")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 8, "need 4 bytes and it holds 8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4, "need 8 bytes and it holds 4")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "do not fit its shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[]}}""", 4, "0 offsets and not 2")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", 4, "1 offsets and not 2")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,-4]}}""", 0, "do not fit its shape")]
    [InlineData("""{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}""", 8, "type I64")]
    [InlineData("""{"a":{"dtype":"F32","shape":[65536,65536,65536,65536],"data_offsets":[0,4]}}""", 4, "does not parse")]
    [InlineData("""{"a":{"dtype":"F32"}}""", 4, "does not parse")]
    [InlineData("""{"a":1,"a":2}""", 4, "does not parse")]
    [InlineData("""[1,2]""", 0, "does not parse")]
    [InlineData("""{"a":""", 0, "does not parse")]
    public void A_header_that_does_not_fit_its_data_is_refused(string header, int dataLength, string reason) =>
        Should.Throw<TrunkException>(() => SafeTensors.Parse(File(header, new byte[dataLength]), "test")).Message.ShouldContain(reason);

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(20)]
    [InlineData(1000)]
    public void A_file_that_is_cut_off_is_refused(int length)
    {
        var file = RandomTrunk.Create(TestTrunk.Variant, 1);
        Should.Throw<TrunkException>(() => SafeTensors.Parse(file[..length], "test"));
        Should.Throw<TrunkException>(() => SafeTensors.Parse(file[..^1], "test"));
    }

    [Fact]
    public void A_value_that_is_not_finite_is_refused()
    {
        var tensors = SafeTensors.Parse(File("""{"w":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}""", [0x00, 0x7E]), "test");
        Should.Throw<TrunkException>(() => tensors.Read("w", 1)).Message.ShouldContain("not finite");
    }

    [Fact]
    public void The_variant_is_read_off_the_weights()
    {
        ConvNeXtVariant.Of(SafeTensors.Parse(RandomTrunk.Create(ConvNeXtVariant.Atto, 1), "test")).ShouldBe(ConvNeXtVariant.Atto);
        var own = ConvNeXtVariant.Of(TestTrunk.Weights());
        own.Depths.ShouldBe([1, 2, 1, 1]);
        own.Widths.ShouldBe([4, 8, 12, 16]);
    }

    [Fact]
    public void A_random_trunk_is_the_same_for_the_same_seed()
    {
        RandomTrunk.Create(TestTrunk.Variant, 1).ShouldBe(RandomTrunk.Create(TestTrunk.Variant, 1));
        RandomTrunk.Create(TestTrunk.Variant, 1).ShouldNotBe(RandomTrunk.Create(TestTrunk.Variant, 2));
    }

    private static byte[] File(string header, byte[] data)
    {
        var text = Encoding.UTF8.GetBytes(header);
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
        return [.. length, .. text, .. data];
    }
}
