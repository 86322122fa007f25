using ThanoSql.Vision.Trunks;

namespace ThanoSql.Fuzz.Files;

/// <summary>Weights that are downloaded or installed.</summary>
internal sealed class SafeTensorsTarget : FileTarget
{
    public override bool IsDocumented(Exception exception) => exception is TrunkException;

    protected override IReadOnlyList<byte[]> Seeds()
    {
        var few = new SafeTensorsWriter();
        few.Add("stem.0.weight", [1, 2, 3, 4, 5, 6, 7, 8], 2, 1, 2, 2);
        few.Add("stem.0.bias", [1, 2], 2);
        few.Add("과일", [], 0);
        var many = new SafeTensorsWriter();
        for (var i = 0; i < 40; i++)
            many.Add($"stages.{i}.gamma", [i, -i, 0.5f * i], 3);
        return [few.ToBytes(new Dictionary<string, string> { ["format"] = "pt" }), many.ToBytes(new Dictionary<string, string>())];
    }

    protected override void Read(byte[] file)
    {
        var tensors = SafeTensors.Parse(file, "fuzzed.safetensors");
        foreach (var name in tensors.Names)
            tensors.Read(name, [.. tensors.Shape(name)]);
    }
}
