using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using ThanoSql.Vision.FineTuning.Graph;
using ThanoSql.Vision.Inference;

namespace ThanoSql.Vision.FineTuning;

/// <summary>
/// Runs a training graph data-parallel: one session, one thread and one part of the batch per worker, the parts' gradients added in order. Two
/// threads inside one graph would scale badly; halves of a batch on one thread each do not wait for one another.
/// </summary>
internal sealed class GradientEngine : IDisposable
{
    private readonly InferenceSession session;
    private readonly TrainingModel model;
    private readonly Worker[] workers;
    private readonly OrtValue[] parameters;
    private readonly string[] inputs;
    private readonly string[] outputs;

    /// <param name="parameters">Read at every run; changing them between runs changes the next one.</param>
    /// <param name="threads">Workers; each takes a batch of the model's size.</param>
    public GradientEngine(TrainingModel model, ParameterSet parameters, InferenceSessionFactory sessions, int threads)
    {
        this.model = model;
        session = sessions.Create(model.Bytes);
        this.parameters = [.. parameters.Values.Select((v, i) => OrtValue.CreateTensorValueFromMemory(v, Long(parameters.Parameters[i].Shape)))];
        inputs = [ConvNeXtTraining.Image, ConvNeXtTraining.Target, .. model.Parameters.Select(p => p.Name)];
        outputs = [ConvNeXtTraining.Loss, .. model.Parameters.Select(p => TrainingGraph.GradientOf(p.Name))];
        workers = [.. Enumerable.Range(0, threads).Select(_ => new Worker(model, parameters.Zeros()))];
    }

    /// <summary>Pictures of one step at most.</summary>
    public int BatchSize => workers.Length * model.Batch;

    /// <summary>Where the pictures of a step go: [3, side, side] each.</summary>
    public Span<float> Picture(int index) =>
        workers[index / model.Batch].Picture.GetTensorMutableDataAsSpan<float>().Slice(index % model.Batch * 3 * model.Side * model.Side, 3 * model.Side * model.Side);

    /// <summary>Where the target probabilities of a picture go: [labels].</summary>
    public Span<float> Target(int index) =>
        workers[index / model.Batch].Target.GetTensorMutableDataAsSpan<float>().Slice(index % model.Batch * model.Labels, model.Labels);

    /// <summary>The loss of the pictures in place, and its gradient.</summary>
    public float Run(ParameterSet gradient, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var options = new ParallelOptions { MaxDegreeOfParallelism = workers.Length };
        Parallel.ForEach(workers, options, RunWorker);
        cancellationToken.ThrowIfCancellationRequested();
        for (var i = 0; i < gradient.Values.Length; i++)
        {
            workers[0].Gradient.Values[i].CopyTo(gradient.Values[i], 0);
            foreach (var worker in workers.AsSpan(1))
                TensorPrimitives.Add(gradient.Values[i], worker.Gradient.Values[i], gradient.Values[i]);
        }
        return workers.Sum(w => w.Loss[0]);
    }

    public void Dispose()
    {
        foreach (var value in parameters)
            value.Dispose();
        foreach (var worker in workers)
            worker.Dispose();
        session.Dispose();
    }

    private void RunWorker(Worker worker)
    {
        using var options = new RunOptions();
        session.Run(options, inputs, [worker.Picture, worker.Target, .. parameters], outputs, worker.Outputs);
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
