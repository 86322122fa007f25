using System.Text.Json.Serialization;

namespace ThanoSql.Vision.FineTuning;

/// <summary>Everything that a run needs to go on where it stopped.</summary>
/// <param name="Parameters">Trunk and classifier.</param>
/// <param name="First">AdamW's mean of the gradient.</param>
/// <param name="Second">AdamW's mean of its square.</param>
/// <param name="Average">
/// Of the parameters over the last steps, which is what is judged and kept: Polyak and Juditsky, "Acceleration of stochastic approximation by
/// averaging" (1992), with weights that fall exponentially.
/// </param>
/// <param name="Best">The average after the best epoch so far.</param>
internal sealed record FineTuneState(
    ParameterSet Parameters, ParameterSet First, ParameterSet Second, ParameterSet Average, ParameterSet Best)
{
    /// <summary>Steps done.</summary>
    public int Step { get; set; }

    /// <summary>Sum of the losses of this epoch's photographs, and their number.</summary>
    public double LossSum { get; set; }

    public int Seen { get; set; }

    public List<FineTuneEpoch> History { get; } = [];

    public static FineTuneState New(ParameterSet parameters) =>
        new(parameters, parameters.Zeros(), parameters.Zeros(), parameters.Copy(), parameters.Copy());

    /// <summary>
    /// The best epoch, as soon as there is one: highest held-out accuracy, then lowest held-out loss; the last one where nothing is held out. The
    /// beginning is no epoch: whether training was worth it is seen when a head was fitted to its result.
    /// </summary>
    public FineTuneEpoch BestEpoch => History.Count == 1 || History.Any(e => double.IsNaN(e.HeldOutAccuracy))
        ? History[^1]
        : History.Skip(1).OrderByDescending(e => e.HeldOutAccuracy).ThenBy(e => e.HeldOutLoss).First();
}

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

    private static ParameterSet[] Sets(FineTuneState state) => [state.Parameters, state.First, state.Second, state.Average, state.Best];

    private sealed record Header(string Fingerprint, int Step, double LossSum, int Seen, IReadOnlyList<FineTuneEpoch> History);
}
