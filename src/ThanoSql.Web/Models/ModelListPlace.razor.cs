using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Query.Models;
using ThanoSql.Trainer;

namespace ThanoSql.Web.Models;

/// <summary>All models; where there is one only, that one.</summary>
public sealed partial class ModelListPlace
{
    private const string Example =
        """
        BUILD MODEL my_model USING ConvNeXt_Tiny
        OPTIONS (image_col='image_path', label_col='label', overwrite=True)
        AS SELECT image_path, label FROM my_table
        """;

    /// <summary>Kept from the first, unseen rendering.</summary>
    [PersistentState]
    public ModelList? Board { get; set; }

    [Inject]
    private ModelBoard Models { get; set; } = null!;

    [Inject]
    private PipelineCatalog Pipelines { get; set; } = null!;

    [Inject]
    private TimeProvider Clock { get; set; } = null!;

    protected override async Task OnInitializedAsync()
    {
        if (Board is null)
            await TryAsync(LoadAsync);
        if (Board is { Models: [{ } only] })
            Nav.NavigateTo($"models/{Uri.EscapeDataString(only.Name)}", replace: true);
    }

    private async Task LoadAsync()
    {
        var models = await Models.ListAsync(Session.Token, CancellationToken.None);
        Board = new ModelList(models, models.Count == 0 ? await StatementAsync() : "");
    }

    // What a pipeline that waits for its model would train it with
    private async Task<string> StatementAsync()
    {
        var all = await Pipelines.ListAsync(CancellationToken.None);
        return all.Find(p => p.HasFile && p.Definition.Model.Train is not null) is { } waiting ? TrainingStatement.Of(waiting.Definition) : Example;
    }

    private string Next(ModelSummary model) => model switch
    {
        { SchedulePaused: not null } => T["models.rests"],
        { NextAt: { } next } => T.When(new DateTimeOffset(next), Clock.GetUtcNow()),
        _ => T["models.byHand"],
    };
}

/// <summary>What the list shows.</summary>
/// <param name="Statement">Builds a first model; empty where there is one.</param>
public sealed record ModelList(IReadOnlyList<ModelSummary> Models, string Statement);
