using System.Diagnostics;

namespace ThanoSql.Tests.Fixtures;

/// <summary>Pictures as iPhones keep them, made by libheif's own program (Debian's <c>libheif-examples</c>).</summary>
public static class TestHeic
{
    private const string Program = "heif-enc";

    /// <param name="png">Any picture.</param>
    /// <param name="arguments">More of the program's.</param>
    /// <exception cref="InvalidOperationException">The program is not there, or fails.</exception>
    public static byte[] Of(byte[] png, params string[] arguments)
    {
        var folder = Directory.CreateTempSubdirectory("thanosql-heic-").FullName;
        try
        {
            var (from, to) = (Path.Combine(folder, "from.png"), Path.Combine(folder, "to.heic"));
            File.WriteAllBytes(from, png);
            var start = new ProcessStartInfo(Program, ["-q", "90", .. arguments, from, "-o", to])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEnd() + output.GetAwaiter().GetResult();
            process.WaitForExit();
            return process.ExitCode == 0 ? File.ReadAllBytes(to) : throw new InvalidOperationException($"{Program} failed: {error}");
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw new InvalidOperationException($"{Program} is not there: bash infra/servers.sh install", missing);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
