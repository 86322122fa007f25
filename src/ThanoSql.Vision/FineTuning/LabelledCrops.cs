using ThanoSql.Vision.Imaging;

namespace ThanoSql.Vision.FineTuning;

/// <summary>
/// Decoded photographs with labels. They are kept as squares somewhat larger than the network's input, so that no photograph is decoded twice
/// and every pass can still cut and mirror it anew.
/// </summary>
/// <param name="Labels">One per crop.</param>
/// <param name="Side">Of every crop, in pixels; at least the input size.</param>
/// <param name="Read">Index → [3, side, side] bytes, red, green and blue planes. Called from several threads.</param>
public sealed record LabelledCrops(IReadOnlyList<string> Labels, int Side, Func<int, byte[]> Read)
{
    public int Count => Labels.Count;

    /// <summary>
    /// The bytes of what <see cref="ImageDecoder"/> gives for a pre-processing whose input size is the crop's side: [3, side, side].
    /// </summary>
    public static byte[] FromTensor(ReadOnlySpan<float> tensor)
    {
        var bytes = new byte[tensor.Length];
        var plane = tensor.Length / 3;
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)Math.Clamp(
                MathF.Round(255 * ((tensor[i] * Preprocessing.StandardDeviation[i / plane]) + Preprocessing.Mean[i / plane])), 0, 255);
        }

        return bytes;
    }
}
