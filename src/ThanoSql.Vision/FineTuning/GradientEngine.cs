using Microsoft.ML.OnnxRuntime.Tensors;

namespace ThanoSql.Vision.FineTuning;

/// <summary>
/// Runs a training graph data-parallel: one session, one thread and one part of the batch per worker, the parts' gradients added in order. Two
/// threads inside one graph would scale badly; halves of a batch on one thread each do not wait for one another.
/// </summary>
internal sealed class GradientEngine : IDisposable
{
    private readonly InferenceSession _session;
    private readonly TrainingModel _model;
    private readonly Worker[] _workers;
    private readonly OrtValue[] _parameters;
    private readonly string[] _inputs;
    private readonly string[] _outputs;

    /// <param name="parameters">Read at every run; changing them between runs changes the next one.</param>
    /// <param name="threads">Workers; each takes a batch of the model's size.</param>
    public GradientEngine(TrainingModel model, ParameterSet parameters, InferenceSessionFactory sessions, int threads)
    {
        _model = model;
        _session = sessions.CreateOnCpu(model.Bytes);
        _parameters = [.. parameters.Values.Select((v, i) => OrtValue.CreateTensorValueFromMemory(v, Long(parameters.Parameters[i].Shape)))];
        _inputs = [ConvNeXtTraining.Image, ConvNeXtTraining.Target, .. model.Parameters.Select(p => p.Name)];
        _outputs = [ConvNeXtTraining.Loss, .. model.Parameters.Select(p => TrainingGraph.GradientOf(p.Name))];
        _workers = [.. Enumerable.Range(0, threads).Select(_ => new Worker(model, parameters.Zeros()))];
    }

    /// <summary>Pictures of one step at most.</summary>
    public int BatchSize => _workers.Length * _model.Batch;

    /// <summary>Where the pictures of a step go: [3, side, side] each.</summary>
    public Span<float> Picture(int index) =>
        _workers[index / _model.Batch].Picture.GetTensorMutableDataAsSpan<float>()
            .Slice(index % _model.Batch * 3 * _model.Side * _model.Side, 3 * _model.Side * _model.Side);

    /// <summary>Where the target probabilities of a picture go: [labels].</summary>
    public Span<float> Target(int index) =>
        _workers[index / _model.Batch].Target.GetTensorMutableDataAsSpan<float>().Slice(index % _model.Batch * _model.Labels, _model.Labels);

    /// <summary>The loss of the pictures in place, and its gradient.</summary>
    public float Run(ParameterSet gradient, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var options = new ParallelOptions { MaxDegreeOfParallelism = _workers.Length };
        Parallel.ForEach(_workers, options, RunWorker);
        cancellationToken.ThrowIfCancellationRequested();
        for (var i = 0; i < gradient.Values.Length; i++)
        {
            _workers[0].Gradient.Values[i].CopyTo(gradient.Values[i], 0);
            foreach (var worker in _workers.AsSpan(1))
                TensorPrimitives.Add(gradient.Values[i], worker.Gradient.Values[i], gradient.Values[i]);
        }
        return _workers.Sum(w => w.Loss[0]);
    }

    public void Dispose()
    {
        foreach (var value in _parameters)
            value.Dispose();
        foreach (var worker in _workers)
            worker.Dispose();
        _session.Dispose();
    }

    private void RunWorker(Worker worker)
    {
        using var options = new RunOptions();
        _session.Run(options, _inputs, [worker.Picture, worker.Target, .. _parameters], _outputs, worker.Outputs);
    }

    private static long[] Long(int[] shape) => Array.ConvertAll(shape, d => (long)d);

    private sealed class Worker : IDisposable
    {
        public Worker(TrainingModel model, ParameterSet gradient)
        {
            Gradient = gradient;
            // The runtime's own memory is aligned; its sums over memory that is not differ in the last bit with the address.
            Picture = Allocate(model.Batch, 3, model.Side, model.Side);
            Target = Allocate(model.Batch, model.Labels);
            var gradients = gradient.Values.Select((v, i) => OrtValue.CreateTensorValueFromMemory(v, Long(gradient.Parameters[i].Shape)));
            Outputs = [OrtValue.CreateTensorValueFromMemory(Loss, []), .. gradients];
        }

        public float[] Loss { get; } = new float[1];

        public ParameterSet Gradient { get; }

        public OrtValue Picture { get; }

        public OrtValue Target { get; }

        public OrtValue[] Outputs { get; }

        public void Dispose()
        {
            Picture.Dispose();
            Target.Dispose();
            foreach (var value in Outputs)
                value.Dispose();
        }

        private static OrtValue Allocate(params long[] shape)
        {
            var value = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, TensorElementType.Float, shape);
            value.GetTensorMutableDataAsSpan<float>().Clear();
            return value;
        }
    }
}
