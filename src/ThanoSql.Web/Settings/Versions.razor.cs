using ThanoSql.Query.Settings;

namespace ThanoSql.Web.Settings;

/// <summary>What runs: the program, its database, its models, and where pictures are looked at.</summary>
public sealed partial class Versions
{
    /// <summary>Kept from the first drawing of the page for the second.</summary>
    [PersistentState]
    public InstalledVersions? Found { get; set; }

    [Inject]
    private VersionReader Reader { get; set; } = null!;

    protected override async Task OnInitializedAsync()
    {
        if (Found is null)
            await TryAsync(async () => Found = await Reader.ReadAsync(CancellationToken.None));
    }
}
