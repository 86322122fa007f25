using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Faults.World;

/// <summary>One <c>thanosql worker</c> (or another role), a process of the built program.</summary>
internal sealed partial class WorkerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly ThanoSqlProcess _process;
    private readonly HttpClient _http;

    private WorkerProcess(ThanoSqlProcess process, Uri address) => (_process, _http) = (process, new HttpClient { BaseAddress = address });

    public string Output => _process.Output;

    public Uri Service => _http.BaseAddress!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Starts it and waits until it is ready.</summary>
    public static async Task<WorkerProcess> StartAsync(string role, IReadOnlyDictionary<string, string> settings, params string[] arguments)
    {
        var worker = await StartAsync(ThanoSqlProcess.Start(settings, [role, "--urls", "http://127.0.0.1:0", .. arguments]));
        await worker.WaitUntilReadyAsync(true);
        return worker;
    }

    /// <summary>Waits until it answers, ready or not.</summary>
    public static async Task<WorkerProcess> StartAsync(ThanoSqlProcess process)
    {
        await process.WaitForOutputAsync("Now listening on");
        await process.WaitForOutputAsync("Application started");
        return new WorkerProcess(process, new Uri(Address().Match(process.Output).Groups[1].Value));
    }

    /// <summary>What readiness says of one of its checks.</summary>
    public async Task<string?> NoteAsync(string check)
    {
        using var reply = await _http.GetAsync(new Uri("/health/ready", UriKind.Relative), Cancellation);
        var told = await reply.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        return told.GetProperty("checks").TryGetProperty(check, out var entry) ? entry.GetProperty("note").GetString() : null;
    }

    /// <summary>What an orchestrator sees.</summary>
    public Task<bool> IsReadyAsync() => AnswersAsync("/health/ready");

    public Task<bool> IsAliveAsync() => AnswersAsync("/health/live");

    /// <summary>What <c>/health/ready</c> says.</summary>
    public async Task<string> HealthAsync()
    {
        using var reply = await _http.GetAsync(new Uri("/health/ready", UriKind.Relative), Cancellation);
        return await reply.Content.ReadAsStringAsync(Cancellation);
    }

    public async Task WaitUntilReadyAsync(bool ready)
    {
        for (var deadline = DateTime.UtcNow + Patience; await IsReadyAsync() != ready; await Task.Delay(50, Cancellation))
        {
            if (DateTime.UtcNow > deadline)
                throw new TimeoutException($"The process never became {(ready ? "ready" : "unready")}:\n{Output}");
        }
    }

    /// <summary>The sum of a metric's series that have this label; 0 when there is none.</summary>
    public async Task<double> MetricAsync(string name, string label)
    {
        var text = await _http.GetStringAsync(new Uri("/metrics", UriKind.Relative), Cancellation);
        return text.Split('\n').Where(line => line.StartsWith(name + "{", StringComparison.Ordinal) && line.Contains(label, StringComparison.Ordinal))
            .Sum(line => double.Parse(line.AsSpan(line.LastIndexOf(' ') + 1), CultureInfo.InvariantCulture));
    }

    /// <summary>Waits until the metric says so: gauges are looked at now and then.</summary>
    public async Task WaitForMetricAsync(string name, string label, double value)
    {
        for (
            var deadline = DateTime.UtcNow + Patience; await MetricAsync(name, label) is var now && now != value; await Task.Delay(100, Cancellation))
        {
            if (DateTime.UtcNow > deadline)
                throw new TimeoutException($"{name} of {label} is {now}, not {value}.");
        }
    }

    /// <summary>The most memory that the process has held, in bytes.</summary>
    public long PeakMemory()
    {
        var line = File.ReadLines($"/proc/{_process.Id}/status").Single(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return 1024 * long.Parse(Number().Match(line).Value, CultureInfo.InvariantCulture);
    }

    /// <summary>It does nothing any more, until <see cref="Continue"/>.</summary>
    public void Freeze() => _process.Freeze();

    public void Continue() => _process.Continue();

    /// <summary>SIGKILL.</summary>
    public void Kill() => _process.Kill();

    public Task<int> WaitForExitAsync() => _process.WaitForExitAsync();

    /// <summary>SIGTERM.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> TerminateAsync()
    {
        _process.Terminate();
        return _process.WaitForExitAsync();
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return _process.DisposeAsync();
    }

    private async Task<bool> AnswersAsync(string path)
    {
        using var reply = await _http.GetAsync(new Uri(path, UriKind.Relative), Cancellation);
        return reply.StatusCode == HttpStatusCode.OK;
    }

    [GeneratedRegex(@"Now listening on: (\S+)")]
    private static partial Regex Address();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();
}
