namespace ThanoSql.Vision.FineTuning;

/// <summary>The values of all parameters of a training graph, in its order.</summary>
internal sealed class ParameterSet
{
    private ParameterSet(IReadOnlyList<GraphParameter> parameters, float[][] values) => (Parameters, Values) = (parameters, values);

    public IReadOnlyList<GraphParameter> Parameters { get; }

    public float[][] Values { get; }

    /// <summary>The trunk's weights; the classifier's are zero.</summary>
    public static ParameterSet From(SafeTensors trunk, IReadOnlyList<GraphParameter> parameters) =>
        new(parameters, [.. parameters.Select(p => p.IsClassifier ? new float[p.Length] : trunk.Read(p.Name, p.Shape))]);

    /// <summary>As many zeros: for gradients and moments.</summary>
    public ParameterSet Zeros() => new(Parameters, [.. Parameters.Select(p => new float[p.Length])]);

    public ParameterSet Copy() => new(Parameters, [.. Values.Select(v => (float[])v.Clone())]);

    public void CopyTo(ParameterSet other)
    {
        for (var i = 0; i < Values.Length; i++)
            Values[i].CopyTo(other.Values[i], 0);
    }

    /// <summary>this = keep * this + (1 - keep) * other.</summary>
    public void Approach(ParameterSet other, float keep) => Parallel.For(0, Values.Length, i =>
    {
        var (own, target) = (Values[i], other.Values[i]);
        TensorPrimitives.Multiply(own, keep, own);
        TensorPrimitives.MultiplyAdd(target, 1 - keep, own, own);
    });

    public float[] Of(string name) => Values[Index(name)];

    public int Index(string name)
    {
        for (var i = 0; i < Parameters.Count; i++)
        {
            if (Parameters[i].Name == name)
                return i;
        }
        throw new ArgumentException($"There is no parameter '{name}'.", nameof(name));
    }

    /// <summary>The trunk as a safetensors file, without the classifier.</summary>
    /// <param name="metadata">Goes into the file.</param>
    /// <param name="origin">Has what is not in this set; null where everything is.</param>
    public byte[] ToTrunk(IReadOnlyDictionary<string, string> metadata, SafeTensors? origin = null)
    {
        var writer = new SafeTensorsWriter();
        var own = Parameters.Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var name in origin?.Names.Where(n => !own.Contains(n)) ?? [])
            writer.Add(name, origin!.Read(name, [.. origin.Shape(name)]), [.. origin.Shape(name)]);
        for (var i = 0; i < Values.Length; i++)
        {
            if (!Parameters[i].IsClassifier)
                writer.Add(Parameters[i].Name, Values[i], Parameters[i].Shape);
        }
        return writer.ToBytes(metadata);
    }
}
