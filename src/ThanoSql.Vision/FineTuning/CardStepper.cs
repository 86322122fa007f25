using Microsoft.ML.OnnxRuntime.Tensors;

namespace ThanoSql.Vision.FineTuning;

/// <summary>
/// Steps of a <see cref="SteppingGraph"/> in bound memory: parameters and moments stay where the session runs, in two copies that take turns, and
/// gradients never leave it. What crosses the bus each step are the pictures, their targets, some rates, and the loss.
/// </summary>
internal sealed class CardStepper : IStepper
{
    private readonly TrainingModel _model;
    private readonly FineTuneState _state;
    private readonly FlatLayout _layout;
    private readonly InferenceSession _session;
    private readonly InferenceSession _mover;
    private readonly OrtAllocator _memory;
    private readonly OrtValue[][] _copies;
    private readonly OrtIoBinding[] _bindings;
    private readonly Dictionary<string, OrtValue> _fed;
    private readonly OrtValue _loss;
    private readonly RunOptions _options = new();
    private int _current;

    /// <param name="session">Of a <see cref="SteppingGraph"/>; owned.</param>
    /// <param name="mover">Of <see cref="Mover"/>, on the same device; owned.</param>
    /// <param name="memory">Of that device; owned.</param>
    /// <param name="model">What the stepping graph was made of.</param>
    /// <param name="state">Where training starts, and where it is fetched to.</param>
    public CardStepper(InferenceSession session, InferenceSession mover, OrtAllocator memory, TrainingModel model, FineTuneState state)
    {
        (_session, _mover, _memory, _model, _state) = (session, mover, memory, model, state);
        _layout = new FlatLayout(model.Parameters);
        _copies = [.. Enumerable.Range(0, 2).Select(_ => SteppingGraph.Vectors.Select(_ => Allocate(memory, _layout.Length)).ToArray())];
        _fed = new Dictionary<string, OrtValue>
        {
            [ConvNeXtTraining.Image] = Allocate(OrtAllocator.DefaultInstance, model.Batch, 3, model.Side, model.Side),
            [ConvNeXtTraining.Target] = Allocate(OrtAllocator.DefaultInstance, model.Batch, model.Labels),
            [SteppingGraph.Rates] = Allocate(OrtAllocator.DefaultInstance, StepRates.Names.Count),
        };
        _loss = Allocate(OrtAllocator.DefaultInstance);
        _bindings = [Bind(0), Bind(1)];
        Send();
    }

    /// <summary>The whole batch in one graph on CUDA; null where that does not work.</summary>
    /// <param name="build">A training graph for so many pictures.</param>
    /// <param name="state">Where training starts.</param>
    /// <param name="options">Of the run.</param>
    /// <param name="sessions">Decides whether there is a card.</param>
    /// <exception cref="OnnxRuntimeException">There is not enough memory.</exception>
    public static CardStepper? Open(
        Func<int, TrainingModel> build, FineTuneState state, FineTuneOptions options, InferenceSessionFactory sessions)
    {
        if (!sessions.Cuda.IsLikely)
            return null;
        var model = build(options.BatchSize);
        var session = sessions.CreateOnCuda(() => SteppingGraph.Build(model, options.ClipNorm, options.LayerDecay));
        var mover = session is null ? null : sessions.CreateOnCuda(() => Mover(model));
        return session is null || mover is null ? null : new CardStepper(session, mover, sessions.Cuda.CardMemory(session), model, state);
    }

    public int BatchSize => _model.Batch;

    /// <summary>A model that brings vectors from one memory to another, which ONNX Runtime does between input and output.</summary>
    public static byte[] Mover(TrainingModel model)
    {
        var graph = new GraphBuilder("mover");
        var length = new FlatLayout(model.Parameters).Length;
        graph.Node("to", "Identity", [graph.Input("from", length)]);
        graph.Output("to", length);
        return graph.ToModel().ToByteArray();
    }

    public Span<float> Picture(int index)
    {
        var length = 3 * _model.Side * _model.Side;
        return _fed[ConvNeXtTraining.Image].GetTensorMutableDataAsSpan<float>().Slice(index * length, length);
    }

    public Span<float> Target(int index) =>
        _fed[ConvNeXtTraining.Target].GetTensorMutableDataAsSpan<float>().Slice(index * _model.Labels, _model.Labels);

    // What it makes is in the other copy, where the next step writes anew
    public void Try(CancellationToken cancellationToken) => Run(default, cancellationToken);

    public float Step(StepRates rates, CancellationToken cancellationToken)
    {
        var loss = Run(rates, cancellationToken);
        _current = 1 - _current;
        return loss;
    }

    public void Fetch()
    {
        var vector = new float[_layout.Length];
        foreach (var (copy, set) in _copies[_current].Zip(Sets()))
        {
            using var host = OrtValue.CreateTensorValueFromMemory(vector, [_layout.Length]);
            _mover.Run(_options, ["from"], [copy], ["to"], [host]);
            _layout.Scatter(vector, set);
        }
    }

    public void Dispose()
    {
        foreach (var binding in _bindings)
            binding.Dispose();
        foreach (var value in _copies.SelectMany(c => c).Concat(_fed.Values).Append(_loss))
            value.Dispose();
        _options.Dispose();
        if (_memory != OrtAllocator.DefaultInstance)
            _memory.Dispose();
        _mover.Dispose();
        _session.Dispose();
    }

    private void Send()
    {
        var vector = new float[_layout.Length];
        foreach (var (copy, set) in _copies[_current].Zip(Sets()))
        {
            _layout.Gather(set, vector);
            using var host = OrtValue.CreateTensorValueFromMemory(vector, [_layout.Length]);
            _mover.Run(_options, ["from"], [host], ["to"], [copy]);
        }
    }

    private float Run(StepRates rates, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        rates.CopyTo(_fed[SteppingGraph.Rates].GetTensorMutableDataAsSpan<float>());
        var binding = _bindings[_current];
        // To bind is to copy, where the session has memory of its own
        foreach (var (name, value) in _fed)
            binding.BindInput(name, value);
        binding.SynchronizeBoundInputs();
        _session.RunWithBinding(_options, binding);
        binding.SynchronizeBoundOutputs();
        return _loss.GetTensorDataAsSpan<float>()[0];
    }

    private OrtIoBinding Bind(int from)
    {
        var binding = _session.CreateIoBinding();
        foreach (var (vector, before, after) in SteppingGraph.Vectors.Zip(_copies[from], _copies[1 - from]))
        {
            binding.BindInput(vector, before);
            binding.BindOutput(SteppingGraph.Next(vector), after);
        }
        binding.BindOutput(ConvNeXtTraining.Loss, _loss);
        return binding;
    }

    private ParameterSet[] Sets() => [_state.Parameters, _state.First, _state.Second, _state.Average];

    private static OrtValue Allocate(OrtAllocator memory, params long[] shape) =>
        OrtValue.CreateAllocatedTensorValue(memory, TensorElementType.Float, shape);
}
