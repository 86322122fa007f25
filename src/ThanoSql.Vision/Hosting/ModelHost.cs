namespace ThanoSql.Vision.Hosting;

/// <summary>The process of one network of others: what <c>thanosql model-host</c> runs.</summary>
public sealed class ModelHost : IDisposable
{
    /// <summary>The hidden command of the program that runs it.</summary>
    public const string Command = "model-host";

    private readonly HostPlan _plan;
    private readonly PictureMemory _memory;
    private readonly InferenceSessionFactory _sessions;
    private readonly Lock _saying = new();

    private ModelHost(HostPlan plan)
    {
        _plan = plan;
        _memory = PictureMemory.Open(plan.Parent, plan.Memory, plan.Places, plan.Side);
        _sessions = new InferenceSessionFactory(
            new VisionOptions { Provider = VisionProvider.Cpu, ThreadsPerInference = plan.ThreadsPerInference });
    }

    /// <param name="plan">A <see cref="HostPlan"/> in JSON.</param>
    /// <returns>The exit code: 0 when the parent closed the pipe.</returns>
    public static int Run(string plan)
    {
        var read = JsonSerializer.Deserialize<HostPlan>(plan) ?? throw new ArgumentException("There is no plan.", nameof(plan));
        Confinement.EndWithParent(read.Parent);
        using var host = new ModelHost(read);
        host.Serve();
        return 0;
    }

    public void Dispose() => _memory.Dispose();

    private void Serve()
    {
        WarmUp();
        var open = Confinement.Enter(_plan.Megabytes, _plan.WithoutSeccomp);
        _memory.WriteText(0, open ?? "");
        Say(open is null ? HostMessageKind.Confined : HostMessageKind.Unconfined, 0);
        if (Load(ReadModel()) is not { } session)
            return;
        // The file's bytes are not needed any more
        GC.Collect();
        Say(HostMessageKind.Loaded, 0);
        var places = Enumerable.Range(0, _plan.Places).Select(_ => new SemaphoreSlim(0)).ToArray();
        foreach (var (place, called) in places.Index())
            new Thread(() => LookFor(session, place, called)) { IsBackground = true, Name = "pictures" }.Start();
        Span<byte> message = stackalloc byte[HostMessage.Length];
        while (Hear(message))
            places[HostMessage.Read(message).Place].Release();
    }

    private void LookFor(InferenceSession session, int place, SemaphoreSlim called)
    {
        while (true)
        {
            called.Wait();
            Say(Look(session, place), place);
        }
    }

    private unsafe HostMessageKind Look(InferenceSession session, int place)
    {
        try
        {
            var pixels = _memory.Pixels(place);
            fixed (float* start = pixels)
            {
                using var image = OrtValue.CreateTensorValueWithData(
                    OrtMemoryInfo.DefaultInstance, Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float, [1, 3, _plan.Side, _plan.Side],
                    (nint)start, sizeof(float) * pixels.Length);
                using var settings = new RunOptions();
                using var results = session.Run(settings, [session.InputNames[0]], [image], [session.OutputNames[0]]);
                var answer = results[0].GetTensorDataAsSpan<float>();
                _memory.WriteShape(place, results[0].GetTensorTypeAndShape().Shape);
                answer[..Math.Min(answer.Length, PictureMemory.MostValues)].CopyTo(_memory.Values(place));
                return HostMessageKind.Answered;
            }
        }
        catch (OnnxRuntimeException e)
        {
            _memory.WriteText(place, e.Message);
            return HostMessageKind.Failed;
        }
    }

    private InferenceSession? Load(byte[] model)
    {
        try
        {
            return _sessions.CreateOnCpu(model);
        }
        catch (OnnxRuntimeException e)
        {
            _memory.WriteText(0, e.Message);
            Say(HostMessageKind.NotLoaded, 0);
            return null;
        }
    }

    // Nothing can be opened later: libraries, ONNX Runtime's look at the processor, .NET's own code for errors
    private void WarmUp()
    {
        var graph = new GraphBuilder("nothing");
        var x = graph.Input(ConvNeXtGraph.InputName, -1, 3, _plan.Side, _plan.Side);
        x = graph.Node("means", "GlobalAveragePool", [x]);
        graph.OutputOfAnyShape(graph.Node("flat", "Flatten", [x]));
        using var session = _sessions.CreateOnCpu(graph.ToModel().ToByteArray());
        var called = new SemaphoreSlim(1);
        called.Wait();
        var kind = HostMessageKind.NotLoaded;
        var thread = new Thread(() => kind = Look(session, 0));
        thread.Start();
        thread.Join();
        try
        {
            using var damaged = _sessions.CreateOnCpu([1, 2, 3]);
        }
        catch (OnnxRuntimeException)
        {
            // As intended
        }
        if (kind != HostMessageKind.Answered)
            throw new InvalidOperationException($"ONNX Runtime does not run: {_memory.ReadText(0)}");
    }

    private static byte[] ReadModel()
    {
        var length = new byte[sizeof(long)];
        if (!Hear(length))
            Environment.Exit(0);
        var model = GC.AllocateUninitializedArray<byte>(checked((int)BinaryPrimitives.ReadInt64LittleEndian(length)));
        if (!Hear(model))
            Environment.Exit(0);
        return model;
    }

    /// <returns>Whether there was that much; else the parent is gone.</returns>
    private static unsafe bool Hear(Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            fixed (byte* start = bytes)
            {
                var count = Posix.Read(0, start, Math.Min(bytes.Length, 1 << 20));
                if (count <= 0)
                    return false;
                bytes = bytes[(int)count..];
            }
        }
        return true;
    }

    private unsafe void Say(HostMessageKind kind, int place)
    {
        var bytes = stackalloc byte[HostMessage.Length];
        new HostMessage(kind, place).Write(new Span<byte>(bytes, HostMessage.Length));
        lock (_saying)
        {
            if (Posix.Write(1, bytes, HostMessage.Length) != HostMessage.Length)
                Environment.Exit(0);
        }
    }
}
