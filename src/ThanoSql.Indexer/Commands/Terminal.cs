using Spectre.Console;

namespace ThanoSql.Indexer.Commands;

/// <summary>Where commands print: a terminal gets colours and its own width, a pipe or a file plain text.</summary>
internal static class Terminal
{
    // Columns of tables where there is no terminal to ask.
    private const int PipeWidth = 160;

    /// <summary>Sets <see cref="AnsiConsole.Console"/>.</summary>
    public static void Prepare()
    {
        if (!Console.IsOutputRedirected)
            return;
        AnsiConsole.Console = AnsiConsole.Create(
            new AnsiConsoleSettings { Ansi = AnsiSupport.No, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(Console.Out) });
        AnsiConsole.Profile.Width = PipeWidth;
    }

    public static void Complain(string message)
    {
        if (Console.IsErrorRedirected)
            Console.Error.WriteLine(message);
        else
            AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) }).MarkupLineInterpolated($"[red]{message}[/]");
    }
}
