using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Spectre.Console;
using ThanoSql.Indexer.Client;

namespace ThanoSql.Indexer.Demo;

/// <summary>Runs statements for an audience: each with its text, progress, result and time.</summary>
internal sealed partial class Stage(IAnsiConsole console, ServiceClient client)
{
    public void Title(string text) => console.Write(new Rule($"[bold]{Markup.Escape(text)}[/]").LeftJustified());

    public void Say(string text) => console.MarkupLine($"[grey]{Markup.Escape(text)}[/]");

    public void Show(string text) => console.Write(new Panel(Markup.Escape(text)).Border(BoxBorder.Rounded).BorderColor(Color.Blue));

    public async Task<ResultTable?> RunAsync(string statement, CancellationToken cancellation)
    {
        Show(statement);
        var clock = Stopwatch.StartNew();
        var result = await WithProgressAsync(report => client.RunAsync(statement, report, cancellation));
        var seconds = clock.Elapsed.TotalSeconds;
        if (result is null) console.MarkupLine("Success");
        else result.Draw(console);
        console.MarkupLine(string.Create(CultureInfo.InvariantCulture, $"[green]{seconds:F2} s[/]"));
        console.WriteLine();
        return result;
    }

    // Messages such as "120 of 515 images" move the bar; a terminal that cannot draw gets them as lines.
    private async Task<ResultTable?> WithProgressAsync(Func<Action<string>, Task<ResultTable?>> run)
    {
        if (!console.Profile.Capabilities.Interactive) return await run(Say);
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
                bar ??= progress.AddTask("");
                bar.Description = Markup.Escape(message);
                bar.MaxValue = double.Parse(counted.Groups[2].Value, CultureInfo.InvariantCulture);
                bar.Value = double.Parse(counted.Groups[1].Value, CultureInfo.InvariantCulture);
            });
        });
    }

    [GeneratedRegex(@"(\d+) of (\d+)")]
    private static partial Regex Counted();
}
