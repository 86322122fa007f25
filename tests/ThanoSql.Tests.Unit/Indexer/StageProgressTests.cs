using Spectre.Console;
using ThanoSql.Indexer.Demo;

namespace ThanoSql.Tests.Unit.Indexer;

public sealed class StageProgressTests
{
    [Theory]
    [InlineData(InteractionSupport.Yes)]
    [InlineData(InteractionSupport.No)]
    public async Task A_statement_that_counts_its_work_runs_on_a_terminal_and_in_a_pipe(InteractionSupport terminal)
    {
        var screen = new StringWriter();
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings { Ansi = AnsiSupport.No, Interactive = terminal, Out = new AnsiConsoleOutput(screen) });

        var result = await StageProgress.RunAsync(console, report =>
        {
            report("Building model [in brackets]...");
            report("1 of 2 images looked at");
            report("2 of 2 images looked at");
            return Task.FromResult("done");
        });

        result.ShouldBe("done");
        screen.ToString().ShouldContain("Building model [in brackets]...");
    }
}
