using ThanoSql.Catalog.Labels;

namespace ThanoSql.Web.Labels;

// What people say, and take back. Pictures leave at once; what was said of them is written behind, one step after the other.
public sealed partial class LabelPlace
{
    private const int MostSteps = 50;
    private const int Few = 12;

    private readonly List<LabelStepBack> _steps = [];
    private Task _writes = Task.CompletedTask;
    private string? _status;

    private void Say(Func<LabelView, string?> label, string done)
    {
        if (_pipeline is null || _bench.Count == 0)
            return;
        var taken = _bench.TakeChosen();
        var step = new LabelStepBack(_bench, _pipeline, taken);
        if (_steps.Count == MostSteps)
            _steps.RemoveAt(0);
        _steps.Add(step);
        _status = done;
        Leave(taken.Count);
        var said = taken.Select(t => new SaidLabel(t.View.Item.Bucket, t.View.Item.Key, label(t.View))).ToList();
        Write(async () =>
        {
            if (!await TryAsync(async () => step.Written = await Desk.SetAsync(step.Pipeline, said, Session.Token, CancellationToken.None)))
                GiveBack(step, taken);
            else if (step.Written!.Failures.Any(failure => failure is not null))
                await RefuseAsync(step);
        });
    }

    private async Task RefuseAsync(LabelStepBack step)
    {
        var failures = step.Written!.Failures;
        GiveBack(step, [.. step.Taken.Where((_, place) => failures[place] is not null)]);
        await TryAsync(() => throw failures.First(failure => failure is not null)!);
    }

    // What could not be said of, and cannot be taken back
    private void GiveBack(LabelStepBack step, IReadOnlyList<(int Place, LabelView View)> taken)
    {
        if (step.Written is not { Before.Count: > 0 })
            _steps.Remove(step);
        step.Bench.PutBack(taken);
        _status = null;
        Leave(-taken.Count);
    }

    private void UndoLast()
    {
        if (_steps.Count == 0)
            return;
        var step = _steps[^1];
        _steps.RemoveAt(_steps.Count - 1);
        _status = T["label.undone", step.Taken.Count];
        var isHere = step.Bench == _bench;
        if (isHere)
        {
            _bench.PutBack(step.Taken);
            Leave(-step.Taken.Count);
        }
        Write(async () =>
        {
            if (step.Written is not { } written)
                return;
            IReadOnlyList<Exception?> failures = [];
            await TryAsync(async () => failures = await Desk.UndoAsync(written, Session.Token, CancellationToken.None));
            if (failures.FirstOrDefault(failure => failure is not null) is { } first)
                await TryAsync(() => throw first);
            if (!isHere)
                await ReloadAsync();
        });
    }

    /// <summary>Counts that only this place changes.</summary>
    private void Leave(int pictures)
    {
        if (_order == WorkOrder.Disagreed && _disagreed < LabelWork.MostCounted)
            _disagreed = Math.Max(0, _disagreed - pictures);
    }

    private void Write(Func<Task> write)
    {
        _writes = AfterAsync(_writes);

        async Task AfterAsync(Task before)
        {
            await before;
            await write();
            await TryAsync(RefreshAsync);
            if (_bench.Views.Count < Few && _hasMore)
                await MoreAsync();
            StateHasChanged();
        }
    }
}
