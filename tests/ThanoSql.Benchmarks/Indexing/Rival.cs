using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Vision.Models;

namespace ThanoSql.Benchmarks.Indexing;

/// <summary>The script that a user would write instead, kept running: it indexes a folder at a time. Needs Node.js.</summary>
internal sealed class Rival : IAsyncDisposable
{
    private readonly Process _process;

    private Rival(Process process) => _process = process;

    public int ProcessId => _process.Id;

    /// <param name="model">The published file.</param>
    /// <param name="metadata">Of that file.</param>
    /// <param name="database">Gets a row a picture; null for none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<Rival> StartAsync(byte[] model, ModelMetadata metadata, OwnedDatabase? database, CancellationToken cancellationToken)
    {
        var folder = await InstallAsync(cancellationToken);
        await File.WriteAllBytesAsync(Path.Combine(folder, "model.onnx"), model, cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder, "labels.json"), JsonSerializer.Serialize(metadata.Labels), cancellationToken);
        var preprocessing = metadata.Trunk.Preprocessing;
        var start = new ProcessStartInfo("node")
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var argument in (string[])["index.mjs", "model.onnx", "labels.json", Text(preprocessing.ResizeSide), Text(preprocessing.InputSize)])
            start.ArgumentList.Add(argument);
        if (database is not null)
        {
            await database.Owner.Command("CREATE TABLE public.rival (path text PRIMARY KEY, keyword text, score real)").RunAsync(cancellationToken);
            await database.Owner.Command("CREATE INDEX ON public.rival (keyword, score)").RunAsync(cancellationToken);
            start.ArgumentList.Add(Address(database.ConnectionString));
        }
        return new Rival(Process.Start(start)!);
    }

    /// <summary>Returns when every picture of a folder is done.</summary>
    public async Task IndexAsync(string folder, CancellationToken cancellationToken)
    {
        await _process.StandardInput.WriteLineAsync(folder.AsMemory(), cancellationToken);
        await _process.StandardInput.FlushAsync(cancellationToken);
        if (await _process.StandardOutput.ReadLineAsync(cancellationToken) is null)
            throw new InvalidOperationException("The rival ended; what it said stands above.");
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static async Task<string> InstallAsync(CancellationToken cancellationToken)
    {
        var folder = Directory.CreateDirectory(Path.Combine(BenchmarkHost.Made, "rival")).FullName;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "rival")))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        if (!Directory.Exists(Path.Combine(folder, "node_modules", "pg")))
            await CommandLine.RunAsync("npm", ["ci", "--ignore-scripts"], folder, cancellationToken);
        return folder;
    }

    private static string Address(string connectionString)
    {
        var owner = new NpgsqlConnectionStringBuilder(connectionString);
        return $"postgres://{owner.Username}:{owner.Password}@{owner.Host}:{Text(owner.Port)}/{owner.Database}";
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
