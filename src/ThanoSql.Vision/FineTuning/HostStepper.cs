namespace ThanoSql.Vision.FineTuning;

/// <summary>Steps on the CPU: gradients of parts of the batch on one thread each, then AdamW, then the average.</summary>
internal sealed class HostStepper(TrainingModel model, FineTuneState state, FineTuneOptions options, InferenceSessionFactory sessions) : IStepper
{
    private readonly GradientEngine _engine = new(model, state.Parameters, sessions, options.EffectiveThreads);
    private readonly AdamW _optimizer = new(state.First, state.Second, LayerRates.Of(model.Parameters, options.LayerDecay));
    private readonly ParameterSet _gradient = state.Parameters.Zeros();

    public int BatchSize => _engine.BatchSize;

    public Span<float> Picture(int index) => _engine.Picture(index);

    public Span<float> Target(int index) => _engine.Target(index);

    public void Try(CancellationToken cancellationToken) => _engine.Run(_gradient, cancellationToken);

    public float Step(StepRates rates, CancellationToken cancellationToken)
    {
        var loss = _engine.Run(_gradient, cancellationToken);
        if (!float.IsFinite(loss))
            return loss;
        AdamW.Clip(_gradient, options.ClipNorm);
        _optimizer.Update(state.Parameters, _gradient, rates);
        state.Average.Approach(state.Parameters, rates.AverageKeep);
        return loss;
    }

    /// <summary>It is there already.</summary>
    public void Fetch()
    {
    }

    public void Dispose() => _engine.Dispose();
}
