namespace ThanoSql.Vision.FineTuning;

/// <summary>
/// A learning rate's factor: linear warm-up to 1, then half a cosine to a hundredth. Loshchilov and Hutter, "SGDR" (2017), without restarts.
/// </summary>
internal sealed class CosineSchedule(int steps, double warmUp)
{
    private const double Floor = 0.01;

    private readonly double _rising = Math.Max(1, steps * warmUp);

    /// <param name="step">From 1 to the number of steps.</param>
    public double Factor(int step) => step < _rising
        ? step / _rising
        : Floor + ((1 - Floor) * 0.5 * (1 + Math.Cos(Math.PI * (step - _rising) / Math.Max(1, steps - _rising))));
}
