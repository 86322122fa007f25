using System.Diagnostics;
using System.Text.Json;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Query.Doors;

/// <summary>
/// A notebook whose client reads rows from PostgreSQL: Debian's SQLAlchemy, psycopg2 and pandas do it (<c>infra/servers.sh install python</c>).
/// </summary>
internal static class PythonNotebook
{
    /// <summary>What a cell shows.</summary>
    /// <param name="Printed">Lines.</param>
    /// <param name="Error">Of the engine.</param>
    /// <param name="Frame">Columns and rows, as text.</param>
    /// <param name="Types">Of pandas' columns.</param>
    /// <param name="Pictures">Files that it would show.</param>
    public sealed record Shown(
        IReadOnlyList<string> Printed, string? Error, Frame? Frame, IReadOnlyList<string>? Types, IReadOnlyList<string>? Pictures);

    public sealed record Frame(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string?>> Data)
    {
        public IEnumerable<string> Lines => Data.Select(row => string.Join('|', row));
    }

    /// <param name="generation">Of the client: <c>0.3.0</c> or <c>0.3.9</c>.</param>
    /// <param name="service">Its address.</param>
    /// <param name="token">The secret.</param>
    /// <param name="cell">The statement.</param>
    public static async Task<Shown> RunAsync(string generation, Uri service, string token, string cell)
    {
        var start = new ProcessStartInfo(
            "/usr/bin/python3",
            [Repository.File("tests/python/notebook_client.py"), generation, $"ws://{service.Authority}/v3/ws/v1/query", token])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PYTHONIOENCODING"] = "utf-8";
        using var python = Process.Start(start)!;
        var output = python.StandardOutput.ReadToEndAsync();
        var errors = python.StandardError.ReadToEndAsync();
        await python.StandardInput.WriteAsync(cell);
        python.StandardInput.Close();
        await python.WaitForExitAsync();
        python.ExitCode.ShouldBe(0, await errors);
        return JsonSerializer.Deserialize<Shown>(await output, JsonSerializerOptions.Web)!;
    }
}
