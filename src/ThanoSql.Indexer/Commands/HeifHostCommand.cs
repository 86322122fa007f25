using ThanoSql.Vision.Imaging.Heif;

namespace ThanoSql.Indexer.Commands;

/// <summary><c>thanosql heif-host</c>: what the other roles start for a HEIC. Not for people.</summary>
internal static class HeifHostCommand
{
    public static Command Create()
    {
        var plan = new Argument<string>("plan") { Description = "What it may take, in JSON." };
        var command = new Command(HeifHost.Command, "Decodes one HEIC, confined; started by the other roles.") { plan };
        command.Hidden = true;
        command.SetAction(parsed => HeifHost.Run(parsed.GetValue(plan)!));
        return command;
    }
}
