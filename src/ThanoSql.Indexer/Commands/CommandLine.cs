namespace ThanoSql.Indexer.Commands;

/// <summary>The program's command line.</summary>
internal static class CommandLine
{
    /// <summary>Where an installation keeps its files; every command takes it.</summary>
    public static readonly Option<string?> Home = new("--home")
    {
        Description =
            "Folder of this installation: embedded PostgreSQL, objects, models. Default: /var/lib/thanosql as root, else ~/.local/share/thanosql.",
        Recursive = true,
    };

    // A little more than the host's own 30 s for work in progress.
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(35);

    /// <returns>The exit code: 0 done, 1 failed, 2 not understood.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var root = new RootCommand(
            "Drop images in a bucket, ask for them by keyword in SQL a second later.\n" +
            "Configuration: appsettings.json, then environment variables (Section__Key).")
        {
            DemoCommand.Create(),
            ServeCommand.Create(
                "up", Roles.All, "Runs every role in one process, with an embedded PostgreSQL unless Database__ConnectionString is set."),
            ServeCommand.Create("worker", Roles.Worker, "Runs a worker: object events → index."),
            ServeCommand.Create("trainer", Roles.Trainer, "Runs a trainer: builds, schedules, promotes and takes back models."),
            ServeCommand.Create("query", Roles.Query, "Runs a query service: statements, search and images over HTTP and websocket."),
            SqlCommand.Create(),
            TokenCommand.Create(),
            LinkCommand.Create(),
            AuditCommand.Create(),
            RolesCommand.Create(),
            TrunkCommand.Create(),
            StoreCommand.Create(),
            ModelCommand.Create(),
            ModelCommand.CreateTrain(),
            ModelHostCommand.Create(),
            HeifHostCommand.Create(),
            ImageCommand.CreateFailures(),
            ImageCommand.CreateSweep(),
            ImageCommand.CreateForget(),
            RowsCommand.Create(),
            LabelsCommand.Create(),
            WebhookCommand.Create(),
            DoctorCommand.Create(),
            BackupCommand.Create(),
            BackupCommand.CreateRestore(),
        };
        root.Options.Add(Home);
        Terminal.Prepare();
        var parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            await parsed.InvokeAsync();
            return 2;
        }
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = Drain });
        }
        catch (Exception expected) when (IsForPeople(expected))
        {
            Terminal.Complain(
                expected is NpgsqlException
                    ? $"PostgreSQL: {expected.Message}. Does the server run, and is Database__ConnectionString right?"
                    : expected.Message);
            return 1;
        }
        catch (OperationCanceledException)
        {
            return 1;
        }
    }

    // Their messages say what to do; a stack trace would only hide it.
    private static bool IsForPeople(Exception exception) => QueryError.IsExpected(exception)
        || exception is StartException or StatementException or OptionsValidationException or HttpRequestException or IOException
            or UnauthorizedAccessException or InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" };
}

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
