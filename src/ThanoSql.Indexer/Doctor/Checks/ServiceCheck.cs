namespace ThanoSql.Indexer.Doctor.Checks;

/// <summary>What the running services say of themselves at <c>/health/ready</c>.</summary>
internal sealed class ServiceCheck(Patient patient) : ICheck
{
    public string Name => "service";

    public async Task<Finding> RunAsync(CancellationToken cancellationToken) =>
        Finding.Worst([.. (await patient.ServicesAsync().WaitAsync(cancellationToken)).Select(Judge)]);

    private Finding Judge(ServiceAnswer answer)
    {
        if (answer.Trouble is { } trouble)
        {
            var seen = $"no service answers at {answer.Address} ({trouble.TrimEnd('.')})";
            return patient.NamesServices
                ? Finding.Failed(seen, "Start it, or mend the address.")
                : Finding.Warning(seen, "Start one (thanosql up), or say where it is: --url.");
        }
        var notes = string.Join("; ", answer.Notes.Select(note => $"{note.Key}: {note.Value}"));
        return answer.Status switch
        {
            "ok" => Finding.Ok($"{answer.Address} is ready"),
            "degraded" => Finding.Warning($"{answer.Address} is ready, but {notes}", "Do what it says; it goes on meanwhile."),
            _ => Finding.Failed($"{answer.Address} is not ready: {notes}", "Do what it says; it goes on by itself after that."),
        };
    }
}
