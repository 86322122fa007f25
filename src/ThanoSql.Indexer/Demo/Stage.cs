using System.Diagnostics;
using System.Globalization;
using Spectre.Console;
using ThanoSql.Indexer.Client;
using ThanoSql.Indexer.Hosting;

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
