using System.ComponentModel;
using System.Diagnostics;

namespace ThanoSql.Vision.Hosting;

/// <summary>
/// A process that holds one network of others, from this side. Thread-safe: as many threads look at pictures at once as it has places, others wait.
/// </summary>
internal sealed class ModelProcess : IDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);

    private readonly ImportHostOptions _options;
    private readonly PictureMemory _memory;
    private readonly Process _process;
    private readonly PicturePlace[] _places;
    private readonly SemaphoreSlim _free;
    private readonly Stack<int> _idle;
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource<HostMessageKind> _confined = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<HostMessageKind> _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _reader;
    private readonly Complaints _complaints;
    private string? _end;
    private int _inside;
    private bool _closed;

    private ModelProcess(ModelProcessPlan plan, long modelBytes)
    {
        _options = plan.Options;
        _memory = PictureMemory.Create(plan.Places, plan.Side);
        _places = [.. Enumerable.Range(0, plan.Places).Select(_ => new PicturePlace())];
        _idle = new Stack<int>(Enumerable.Range(0, plan.Places));
        _free = new SemaphoreSlim(plan.Places);
        try
        {
            var told = new HostPlan(
                Environment.ProcessId, _memory.File, plan.Places, plan.Side, plan.ThreadsPerInference, _options.Megabytes, _options.WithoutSeccomp);
            _process = ProcessStarter.Start(HostProgram.StartInfo(ModelHost.Command, JsonSerializer.Serialize(told), modelBytes));
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            _memory.Dispose();
            throw new TrunkException($"The process for a network of others does not start: {e.Message}", e);
        }
        Id = _process.Id;
        _complaints = new Complaints(_process.StandardError);
        _reader = new Thread(Listen) { IsBackground = true, Name = "model-host" };
        _reader.Start();
    }

    /// <summary>Its number in the system.</summary>
    public int Id { get; }

    /// <summary>Why it ended; null while it runs.</summary>
    public string? End => Volatile.Read(ref _end);

    /// <summary>Starts it, and has it load the model.</summary>
    /// <exception cref="ModelProcessException">It does not load in time, or ends.</exception>
    /// <exception cref="ModelFileException">The model is refused by ONNX Runtime.</exception>
    /// <exception cref="TrunkException">The process does not start, or the kernel cannot confine it.</exception>
    public static ModelProcess Start(byte[] model, ModelProcessPlan plan, CancellationToken cancellationToken)
    {
        var process = new ModelProcess(plan, model.LongLength);
        try
        {
            process.Load(model, cancellationToken);
            return process;
        }
        catch
        {
            process.Dispose();
            throw;
        }
    }

    /// <summary>Looks at one picture.</summary>
    /// <param name="pixels">[3, side, side].</param>
    /// <param name="cancellationToken">Ends the process.</param>
    /// <exception cref="ModelProcessException">The process ended, or gave no answer in time and was ended.</exception>
    public ModelAnswer Look(ReadOnlySpan<float> pixels, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_closed)
                throw new ModelProcessException(End ?? "it was ended", false);
            _inside++;
        }
        try
        {
            return LookInside(pixels, cancellationToken);
        }
        finally
        {
            bool last;
            lock (_gate)
                last = --_inside == 0 && _closed;
            if (last)
                Free();
        }
    }

    /// <summary>Ends it at once; those inside get an error.</summary>
    public void Dispose()
    {
        Kill("it was ended");
        lock (_gate)
        {
            if (_closed)
                return;
            _closed = true;
            // The memory is still looked at
            if (_inside > 0)
                return;
        }
        Free();
    }

    private ModelAnswer LookInside(ReadOnlySpan<float> pixels, CancellationToken cancellationToken)
    {
        _free.Wait(cancellationToken);
        int number;
        lock (_gate)
            number = _idle.Pop();
        try
        {
            pixels.CopyTo(_memory.Pixels(number));
            return Ask(number, cancellationToken);
        }
        finally
        {
            lock (_gate)
                _idle.Push(number);
            _free.Release();
        }
    }

    private void Free()
    {
        _reader.Join();
        _complaints.ReadToEnd();
        _process.Dispose();
        _memory.Dispose();
        _free.Dispose();
    }

    private void Load(byte[] model, CancellationToken cancellationToken)
    {
        var confined = Await(_confined, StartPatience, "does not start", cancellationToken);
        if (confined != HostMessageKind.Confined && !_options.AllowUnconfined)
        {
            throw new TrunkException(
                $"Networks of others do not run here, since their process cannot be confined ({_memory.ReadText(0)}). "
                + "Run on Linux x86-64 with seccomp, or accept the risk with Models:Import:AllowUnconfined=true.");
        }
        Send(BitConverter.GetBytes(model.LongLength), model);
        var loaded = Await(_loaded, TimeSpan.FromSeconds(_options.LoadSeconds), "does not load", cancellationToken);
        if (loaded != HostMessageKind.Loaded)
            throw new ModelFileException(_memory.ReadText(0));
    }

    private HostMessageKind Await(
        TaskCompletionSource<HostMessageKind> step, TimeSpan patience, string what, CancellationToken cancellationToken)
    {
        try
        {
            if (step.Task.Wait(patience, cancellationToken))
                return step.Task.Result;
        }
        catch (AggregateException e)
        {
            throw new ModelProcessException(e.InnerException!.Message, true);
        }
        Kill(string.Create(CultureInfo.InvariantCulture, $"it {what} within {patience.TotalSeconds} s"));
        throw new ModelProcessException(End!, true);
    }

    private ModelAnswer Ask(int number, CancellationToken cancellationToken)
    {
        var place = _places[number];
        try
        {
            place.Done.Reset();
            place.Asked = true;
            if (End is { } over)
                throw new ModelProcessException(over, false);
            Span<byte> message = stackalloc byte[HostMessage.Length];
            new HostMessage(HostMessageKind.Look, number).Write(message);
            Send(message);
            if (!place.Done.Wait(TimeSpan.FromSeconds(_options.PictureSeconds), cancellationToken) && End is null)
            {
                Kill(string.Create(CultureInfo.InvariantCulture, $"it took more than {_options.PictureSeconds} s for a picture"));
                throw new ModelProcessException(End!, true);
            }
            if (!place.Answered)
                throw new ModelProcessException(End ?? "it ended", false);
            return place.Kind == HostMessageKind.Answered
                ? new ModelAnswer(_memory.ReadShape(number), _memory.Values(number).ToArray(), null)
                : new ModelAnswer([], [], _memory.ReadText(number));
        }
        catch (OperationCanceledException)
        {
            Kill("it was cancelled");
            throw;
        }
        finally
        {
            place.Asked = place.Answered = false;
        }
    }

    private void Send(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> more = default)
    {
        try
        {
            lock (_gate)
            {
                var pipe = _process.StandardInput.BaseStream;
                pipe.Write(bytes);
                pipe.Write(more);
                pipe.Flush();
            }
        }
        catch (IOException)
        {
            // Its end is seen by the reader, who knows more
        }
    }

    private void Listen()
    {
        var bytes = new byte[HostMessage.Length];
        try
        {
            while (_process.StandardOutput.BaseStream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length)
                Take(HostMessage.Read(bytes));
        }
        catch (IOException)
        {
            // As its end
        }
        // A process that closes its pipe and goes on is of no use either
        Kill(null);
        _process.WaitForExit();
        Ended($"its process ended with code {_process.ExitCode}{_complaints.ReadToEnd()}");
    }

    private void Take(HostMessage message)
    {
        var asked = message.Kind switch
        {
            HostMessageKind.Confined or HostMessageKind.Unconfined => _confined.TrySetResult(message.Kind),
            HostMessageKind.Loaded or HostMessageKind.NotLoaded => _loaded.TrySetResult(message.Kind),
            HostMessageKind.Answered or HostMessageKind.Failed =>
                message.Place >= 0 && message.Place < _places.Length && _places[message.Place].Answer(message.Kind),
            _ => false,
        };
        if (!asked)
            Kill("it says what was not asked");
    }

    private void Ended(string why)
    {
        Interlocked.CompareExchange(ref _end, why, null);
        _confined.TrySetException(new ModelProcessException(_end, true));
        _loaded.TrySetException(new ModelProcessException(_end, true));
        _ = (_confined.Task.Exception, _loaded.Task.Exception);
        foreach (var place in _places)
            place.Done.Set();
    }

    private void Kill(string? why)
    {
        if (why is not null)
            Interlocked.CompareExchange(ref _end, why, null);
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself
        }
    }
}
