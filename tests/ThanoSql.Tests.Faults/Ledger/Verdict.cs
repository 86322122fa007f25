namespace ThanoSql.Tests.Faults.Ledger;

/// <summary>Account and tables compared. Each list names keys; all must be empty.</summary>
internal sealed class Verdict
{
    /// <summary>An object without row or keyword.</summary>
    public List<string> Lost { get; } = [];

    /// <summary>More than one row for an object.</summary>
    public List<string> Duplicated { get; } = [];

    /// <summary>The row is about a content that the object no longer has.</summary>
    public List<string> Stale { get; } = [];

    /// <summary>A row or a live image without an object.</summary>
    public List<string> Phantom { get; } = [];

    /// <summary>The keyword is not what its recorded version says of the content, or that version is not the one in service.</summary>
    public List<string> WrongVersion { get; } = [];

    public bool IsClean => Lost.Count + Duplicated.Count + Stale.Count + Phantom.Count + WrongVersion.Count == 0;

    /// <summary>Prints the five numbers, and fails unless all are 0.</summary>
    public void ShouldBeClean(string evidence)
    {
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"lost {Lost.Count}, duplicated {Duplicated.Count}, stale {Stale.Count}, phantom {Phantom.Count}, wrong-version {WrongVersion.Count}");
        IsClean.ShouldBeTrue(
            $"lost: {Some(Lost)}\nduplicated: {Some(Duplicated)}\nstale: {Some(Stale)}\nphantom: {Some(Phantom)}\n" +
            $"wrong-version: {Some(WrongVersion)}\n{evidence}");
    }

    private static string Some(List<string> keys) => $"{keys.Count} {string.Join(", ", keys.Take(10))}";
}
