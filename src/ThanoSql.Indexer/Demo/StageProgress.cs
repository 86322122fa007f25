using System.Globalization;
using System.Text.RegularExpressions;
using Spectre.Console;

namespace ThanoSql.Indexer.Demo;

/// <summary>
/// What a statement says while it runs: messages such as "120 of 515 images" move a bar, all others are lines. Where no terminal can draw, all are
/// lines.
/// </summary>
internal static partial class StageProgress
{
    public static async Task<T> RunAsync<T>(IAnsiConsole console, Func<Action<string>, Task<T>> run)
    {
        if (!console.Profile.Capabilities.Interactive)
            return await run(Say);
        return await console.Progress().AutoClear(true).StartAsync(progress =>
        {
            ProgressTask? bar = null;
            return run(message =>
            {
                if (Counted().Match(message) is not { Success: true } counted)
                {
                    Say(message);
                    return;
                }
                bar ??= progress.AddTask(Markup.Escape(message));
                bar.Description = Markup.Escape(message);
                bar.MaxValue = double.Parse(counted.Groups[2].Value, CultureInfo.InvariantCulture);
                bar.Value = double.Parse(counted.Groups[1].Value, CultureInfo.InvariantCulture);
            });
        });

        void Say(string message) => console.MarkupLineInterpolated($"[grey]{message}[/]");
    }

    [GeneratedRegex(@"(\d+) of (\d+)")]
    private static partial Regex Counted();
}
