using ThanoSql.Vision.Hosting;

namespace ThanoSql.Indexer.Commands;

/// <summary><c>thanosql model-host</c>: what the other roles start for a network of others. Not for people.</summary>
internal static class ModelHostCommand
{
    public static Command Create()
    {
        var plan = new Argument<string>("plan") { Description = "What it is for, in JSON." };
        var command = new Command(ModelHost.Command, "Runs one uploaded network, confined; started by the other roles.") { plan };
        command.Hidden = true;
        command.SetAction(parsed => ModelHost.Run(parsed.GetValue(plan)!));
        return command;
    }
}
