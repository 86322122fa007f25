using System.IO.MemoryMappedFiles;

namespace ThanoSql.Fuzz;

/// <summary>Ends the program when one input takes too long: a thread that does not come back cannot be ended alone.</summary>
internal sealed class Watchdog : IDisposable
{
    /// <summary>Longer is a hang.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    private readonly string _target;
    private readonly CurrentInput _input;
    private readonly string _folder;
    private readonly Timer _timer;
    private long _began;

    public Watchdog(string target, CurrentInput input, string folder)
    {
        (_target, _input, _folder) = (target, input, folder);
        _timer = new Timer(_ => Look(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    public void Begin() => Volatile.Write(ref _began, Stopwatch.GetTimestamp());

    public void End() => Volatile.Write(ref _began, 0);

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        var began = Volatile.Read(ref _began);
        if (began == 0 || Stopwatch.GetElapsedTime(began) < Longest)
            return;
        var file = Path.Combine(_folder, $"{_target}-hang.bin");
        File.WriteAllBytes(file, _input.Get());
        Console.WriteLine($"FOUND by {_target}: an input takes more than {Longest.TotalSeconds:0} s; it is in {file}");
        Environment.Exit(1);
    }
}

/// <summary>The input that is being read, in a file that outlives a crash of the process.</summary>
internal sealed class CurrentInput : IDisposable
{
    private const int Most = 16 << 20;

    private readonly string _path;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    public CurrentInput(string path)
    {
        _path = path;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Create, null, Most + 4);
        _view = _file.CreateViewAccessor();
    }

    public void Set(byte[] input)
    {
        _view.Write(0, Math.Min(input.Length, Most));
        _view.WriteArray(4, input, 0, Math.Min(input.Length, Most));
    }

    public byte[] Get()
    {
        var input = new byte[_view.ReadInt32(0)];
        _view.ReadArray(4, input, 0, input.Length);
        return input;
    }

    /// <summary>No crash: nobody needs it.</summary>
    public void Delete() => File.Delete(_path);

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}
