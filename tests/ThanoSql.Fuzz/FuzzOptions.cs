namespace ThanoSql.Fuzz;

/// <summary>The command line.</summary>
/// <param name="Seconds">For all targets together; each gets its share.</param>
/// <param name="Count">Of inputs for each target, if that comes first; 0: no end but the time.</param>
/// <param name="Seed">The same seed gives the same inputs.</param>
/// <param name="Only">Names of targets; empty for all.</param>
/// <param name="Findings">Folder of the inputs that were found.</param>
/// <param name="Url">A service that runs already; null starts one.</param>
/// <param name="Token">Of that service.</param>
internal sealed record FuzzOptions(int Seconds, long Count, int Seed, IReadOnlyList<string> Only, string Findings, Uri? Url, string? Token)
{
    private const string Usage =
        "usage: dotnet run -c Release --project tests/ThanoSql.Fuzz -- --seconds N [--count N] [--seed S] [--only NAME]… [--findings DIR]\n"
        + "       [--url URL --token TOKEN]   a running service for the target http; its tables 'diet' and 'fuzz_…' are the fuzzer's";

    /// <returns>Null when it is not understood; what is wrong is on the error stream then.</returns>
    public static FuzzOptions? Parse(string[] args)
    {
        var options = new FuzzOptions(60, 0, 1, [], Path.Combine(Path.GetTempPath(), "thanosql-fuzz"), null, null);
        for (var i = 0; i < args.Length; i += 2)
        {
            var value = i + 1 < args.Length ? args[i + 1] : "";
            var next = args[i] switch
            {
                "--seconds" => int.TryParse(value, CultureInfo.InvariantCulture, out var n) && n > 0 ? options with { Seconds = n } : null,
                "--count" => long.TryParse(value, CultureInfo.InvariantCulture, out var n) && n > 0 ? options with { Count = n } : null,
                "--seed" => int.TryParse(value, CultureInfo.InvariantCulture, out var n) ? options with { Seed = n } : null,
                "--only" when value.Length > 0 => options with { Only = [.. options.Only, value] },
                "--findings" when value.Length > 0 => options with { Findings = Path.GetFullPath(value) },
                "--url" => Uri.TryCreate(value, UriKind.Absolute, out var url) ? options with { Url = url } : null,
                "--token" when value.Length > 0 => options with { Token = value },
                _ => null,
            };
            if (next is null)
            {
                Console.Error.WriteLine($"'{args[i]} {value}' is not understood.\n{Usage}");
                return null;
            }
            options = next;
        }
        return options;
    }
}
