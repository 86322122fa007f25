using ThanoSql.Indexer.Doctor;
using ThanoSql.Indexer.Doctor.Checks;

namespace ThanoSql.Indexer.Commands;

/// <summary><c>thanosql doctor</c></summary>
internal static class DoctorCommand
{
    private const double MostSeconds = 600;

    private static readonly Option<string[]> Urls = new("--url")
    {
        Description = "Where a service answers, once for each; one that does not is a failure then. "
            + "Default: $THANOSQL_URL, or the first of Query:Urls.",
    };

    private static readonly Option<double> Seconds = new("--seconds")
    {
        Description = "How long one check may take, from 1 to 600.",
        DefaultValueFactory = _ => 20,
    };

    private static readonly Option<bool> Json = new("--json") { Description = "Prints JSON." };

    public static Command Create()
    {
        Urls.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string[]>() is { } urls && urls.FirstOrDefault(url => !IsService(url)) is { } wrong)
                result.AddError($"'{wrong}' is no address of a service, such as {ServiceApplication.DefaultUrls}");
        });
        Seconds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (>= 1 and <= MostSeconds))
                result.AddError("--seconds is a number from 1 to 600.");
        });
        var command = new Command(
            "doctor",
            "Looks at the installation and says what to do. Changes nothing, but for a test object in the store that it removes. "
                + "Exit code: 0 all is well, 1 there are warnings, 2 something does not work.")
        {
            Urls, Seconds, Json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var report = await ExamineAsync(parsed, cancellationToken);
            if (parsed.GetValue(Json))
                Console.WriteLine(report.ToJson());
            else
                report.Draw(AnsiConsole.Console);
            return report.ExitCode;
        });
        return command;
    }

    private static async Task<Report> ExamineAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        try
        {
            var installation = await Installation.ObserveAsync(
                ServiceApplication.Builder().Configuration, parsed.GetValue(CommandLine.Home), cancellationToken);
            var home = Path.GetFullPath(parsed.GetValue(CommandLine.Home) ?? HomeFolder.Default);
            var limit = TimeSpan.FromSeconds(parsed.GetValue(Seconds));
            var settings = ServiceApplication.Builder(installation.Settings).Configuration;
            await using var patient = new Patient(settings, home, Services(parsed), limit, TimeProvider.System);
            return await Examination.RunAsync(AllChecks.Of(patient), limit, cancellationToken);
        }
        catch (Exception wrong) when (wrong is StartException or IOException or UnauthorizedAccessException or InvalidDataException)
        {
            var advice = wrong is UnauthorizedAccessException
                ? "Run it as the user that the service runs as."
                : "Mend it, and run thanosql doctor again.";
            return new Report([new Examined("settings", Finding.Failed(wrong.Message, advice), TimeSpan.Zero)]);
        }
    }

    private static Uri[] Services(ParseResult parsed) => parsed.GetValue(Urls) is { Length: > 0 } urls ? [.. urls.Select(url => new Uri(url))]
        : Environment.GetEnvironmentVariable("THANOSQL_URL") is { } one && IsService(one) ? [new Uri(one)]
        : [];

    private static bool IsService(string url) => Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "http" or "https";
}
