using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ThanoSql.Vision.FineTuning;

/// <summary>
/// A saved run: a line of JSON (what the run is, how far it came), then the values of all parameter sets as float32. Written aside and renamed, so
/// that a crash while saving leaves the save before.
/// </summary>
internal sealed class CheckpointFile(string path, string fingerprint)
{
    private static readonly JsonSerializerOptions Json =
        new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    public void Save(FineTuneState state)
    {
        var aside = path + ".tmp";
        using (var stream = new FileStream(aside, FileMode.Create, FileAccess.Write))
        {
            var header = JsonSerializer.SerializeToUtf8Bytes(new Header(fingerprint, state.Step, state.LossSum, state.Seen, state.History), Json);
            stream.Write(BitConverter.GetBytes(header.Length));
            stream.Write(header);
            foreach (var values in Sets(state).SelectMany(s => s.Values))
                stream.Write(MemoryMarshal.AsBytes<float>(values));
            stream.Flush(flushToDisk: true);
        }
        File.Move(aside, path, overwrite: true);
    }

    /// <summary>Fills the state from the file; false, and nothing changed, when there is none or it is of another run or damaged.</summary>
    public bool TryLoad(FineTuneState state)
    {
        if (!File.Exists(path))
            return false;
        using var stream = File.OpenRead(path);
        if (ReadHeader(stream) is not { } header || header.Fingerprint != fingerprint)
            return false;
        if (stream.Length - stream.Position != Sets(state).Sum(s => s.Values.Sum(v => 4L * v.Length)))
            return false;
        foreach (var values in Sets(state).SelectMany(s => s.Values))
            stream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        (state.Step, state.LossSum, state.Seen) = (header.Step, header.LossSum, header.Seen);
        state.History.Clear();
        state.History.AddRange(header.History);
        return true;
    }

    private static Header? ReadHeader(FileStream stream)
    {
        Span<byte> length = stackalloc byte[4];
        if (stream.ReadAtLeast(length, 4, throwOnEndOfStream: false) < 4)
            return null;
        var size = BitConverter.ToInt32(length);
        if (size < 0 || size > stream.Length - 4)
            return null;
        var text = new byte[size];
        stream.ReadExactly(text);
        try
        {
            return JsonSerializer.Deserialize<Header>(text, Json);
        }
        catch (JsonException)
        {
            // Not a checkpoint: the run starts anew.
            return null;
        }
    }

    private static ParameterSet[] Sets(FineTuneState state) => [state.Parameters, state.First, state.Second, state.Best];

    private sealed record Header(string Fingerprint, int Step, double LossSum, int Seen, IReadOnlyList<FineTuneEpoch> History);
}
