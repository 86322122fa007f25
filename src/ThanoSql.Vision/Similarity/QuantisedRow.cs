namespace ThanoSql.Vision.Similarity;

/// <summary>
/// A vector of length 1 as int8 codes: it is <c>Scale * codes</c>, give or take <c>Error</c>.
/// </summary>
/// <param name="Scale">What a code of 1 stands for.</param>
/// <param name="Error">The length of the difference between the vector and what its codes stand for, at most.</param>
internal readonly record struct QuantisedRow(float Scale, float Error)
{
    private const int Most = sbyte.MaxValue;

    /// <summary>Quantises a stored embedding, brought to length 1. One of length 0 stays so.</summary>
    /// <param name="stored">[dimensions].</param>
    /// <param name="codes">At least as many; the rest is cleared.</param>
    /// <param name="row">Undefined when the result is false.</param>
    /// <returns>False when it is not finite: infinite or no number somewhere.</returns>
    public static bool TryQuantise(ReadOnlySpan<Half> stored, Span<sbyte> codes, out QuantisedRow row)
    {
        codes.Clear();
        row = default;
        Span<float> values = stored.Length <= 1024 ? stackalloc float[stored.Length] : new float[stored.Length];
        TensorPrimitives.ConvertToSingle(stored, values);
        var (squares, most) = (0.0, 0f);
        foreach (var value in values)
        {
            squares += (double)value * value;
            most = Math.Max(most, Math.Abs(value));
        }
        if (!double.IsFinite(squares))
            return false;
        if (most == 0)
            return true;

        var toUnit = 1 / Math.Sqrt(squares);
        var scale = (float)(most * toUnit / Most);
        var (toCode, error) = (toUnit / scale, 0.0);
        for (var i = 0; i < values.Length; i++)
        {
            // The scale was rounded to a float: the largest may round to a code past the last
            var code = Math.Clamp(Math.Round(values[i] * toCode), -Most, Most);
            codes[i] = (sbyte)code;
            var off = (values[i] * toUnit) - (code * scale);
            error += off * off;
        }
        row = new QuantisedRow(scale, MathF.BitIncrement((float)Math.Sqrt(error)));
        return true;
    }
}
