namespace ThanoSql.Fuzz.Files;

/// <summary>A reader of files of one kind: whole ones are damaged, and read.</summary>
internal abstract class FileTarget : Target
{
    private IReadOnlyList<byte[]> _seeds = [];

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _seeds = Seeds();
        foreach (var seed in _seeds)
            Read(seed); // a seed that is refused would test little
        return Task.CompletedTask;
    }

    public override byte[] Next(Random random) =>
        ByteMutator.Mutate(_seeds[random.Next(_seeds.Count)], _seeds[random.Next(_seeds.Count)], random);

    public override Task RunAsync(byte[] input, CancellationToken cancellationToken)
    {
        Read(input);
        return Task.CompletedTask;
    }

    /// <summary>Whole files, made by the product's own writers or by hand.</summary>
    protected abstract IReadOnlyList<byte[]> Seeds();

    protected abstract void Read(byte[] file);
}
