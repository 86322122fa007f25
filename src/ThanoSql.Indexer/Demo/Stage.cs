using System.Text.RegularExpressions;

namespace ThanoSql.Indexer.Demo;

/// <summary>Runs statements for an audience: each with its text, progress, result and time.</summary>
internal sealed class Stage(IAnsiConsole console, ServiceClient client)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public void Title(string text) => console.Write(new Rule($"[bold]{Markup.Escape(text)}[/]").LeftJustified());

    public void Say(string text) => console.MarkupLineInterpolated($"[grey]{text}[/]");

    public void Show(string text) => console.Write(new Panel(Markup.Escape(text)).Border(BoxBorder.Rounded).BorderColor(Color.Blue));

    public async Task<ResultTable?> RunAsync(string statement, CancellationToken cancellationToken)
    {
        Show(statement);
        var clock = Stopwatch.StartNew();
        var result = await StageProgress.RunAsync(console, report => client.RunAsync(statement, report, cancellationToken));
        var seconds = clock.Elapsed.TotalSeconds;
        if (result is null)
            console.MarkupLine("Success");
        else
            result.Draw(console);
        console.MarkupLine(string.Create(CultureInfo.InvariantCulture, $"[green]{seconds:F2} s[/]"));
        console.WriteLine();
        return result;
    }

    /// <summary>Asks until a count is right.</summary>
    /// <param name="count">A SELECT of one number.</param>
    /// <param name="enough">Whether it is right.</param>
    /// <param name="excuse">Said once when there is something to wait for; null for silence.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task WaitAsync(string count, Func<long, bool> enough, string? excuse, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        for (var counted = await CountAsync(count, cancellationToken); !enough(counted); counted = await CountAsync(count, cancellationToken))
        {
            if (excuse is not null)
                Say(excuse);
            excuse = null;
            if (clock.Elapsed > Patience)
            {
                throw new StartException(
                    $"After {Patience.TotalMinutes:F0} minutes this still gives {counted}: {count}\nWhy: SELECT * FROM thanosql.failures");
            }

            await Task.Delay(50, cancellationToken);
        }
    }

    private async Task<long> CountAsync(string count, CancellationToken cancellationToken)
    {
        try
        {
            var table = await client.RunAsync(count, _ => { }, cancellationToken);
            return long.Parse(table!.Rows[0][0]!, CultureInfo.InvariantCulture);
        }
        catch (StatementException missing) when (missing.Message.Contains("keyword_source", StringComparison.Ordinal))
        {
            return 0; // the index columns come with the pipeline, a moment after the table
        }
    }
}

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
