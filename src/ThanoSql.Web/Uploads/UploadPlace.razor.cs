using ThanoSql.Catalog.Images;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Query.Images;
using ThanoSql.Storage;

namespace ThanoSql.Web.Uploads;

/// <summary>
/// Where pictures are dropped. The script sends them, over the HTTP API, and shows its list; from here it learns when a picture's row is committed.
/// What it was given goes on while other places are looked at.
/// </summary>
public sealed partial class UploadPlace : IAsyncDisposable
{
    private const int ThumbnailWidth = 96;

    // An answer that is lost with a connection is asked for again
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(20);

    private readonly CancellationTokenSource _left = new();
    private ElementReference _root;
    private DotNetObjectReference<UploadPlace>? _self;
    private IJSObjectReference? _script;
    private string _target = "";

    /// <summary>Where to upload to; null while they could not be read.</summary>
    [PersistentState]
    public List<UploadTarget>? Targets { get; set; }

    [Inject]
    private PipelineCatalog Pipelines { get; set; } = null!;

    [Inject]
    private Query.Images.Uploads Uploads { get; set; } = null!;

    [Inject]
    private ImageLinks Links { get; set; } = null!;

    [Inject]
    private IOptions<ImageOptions> Images { get; set; } = null!;

    [Inject]
    private IOptions<SqlOptions> Sql { get; set; } = null!;

    [Inject]
    private IJSRuntime Script { get; set; } = null!;

    private string Workspace => Sql.Value.Workspace;

    /// <summary>How a picture stands that was sent, as soon as its row is committed, or after a while. For the script.</summary>
    /// <param name="path">As the API took it.</param>
    /// <param name="size">In bytes, where it may be another's picture that is there; null where it is not.</param>
    [JSInvokable]
    public async Task<UploadedPicture> FollowAsync(string path, long? size)
    {
        try
        {
            return await LookAsync(StorePath.Parse(path, Workspace), path, size);
        }
        catch (OperationCanceledException)
        {
            return new UploadedPicture("pending"); // the place was left: a call that is cancelled would never be answered
        }
    }

    private async Task<UploadedPicture> LookAsync(ObjectPath image, string path, long? size)
    {
        if (Targets?.Find(target => path.StartsWith(target.Prefix, StringComparison.Ordinal)) is not { } target)
            return new UploadedPicture("stored");
        if (await Uploads.FollowAsync(image, Wait, _left.Token) is not { } stored)
            return new UploadedPicture("gone");
        if (size is not null && size != stored.Size)
            return new UploadedPicture("exists");
        if (stored.State == ImageState.Failed)
            return new UploadedPicture("failed", Reason: stored.Failure?.Reason);
        if (stored.State != ImageState.Indexed)
            return new UploadedPicture("pending");
        var (url, _) = await Links.CreateAsync(image, ThumbnailWidth, Session.Caller, _left.Token);
        var said = stored.Keywords.FirstOrDefault(keyword => keyword.Model == target.Model);
        return new UploadedPicture("indexed", said?.Keyword, said is null ? null : PageTexts.Score(said.Score), url);
    }

    public async ValueTask DisposeAsync()
    {
        await _left.CancelAsync();
        _left.Dispose();
        _self?.Dispose();
        if (_script is null)
            return;
        try
        {
            await _script.InvokeVoidAsync("leave");
            await _script.DisposeAsync();
        }
        catch (JSDisconnectedException)
        {
            // the page is closed
        }
    }

    protected override async Task OnInitializedAsync()
    {
        if (Targets is null)
            await TryAsync(async () => Targets = (await Pipelines.ListAsync(_left.Token)).Where(p => p.HasFile).Select(TargetOf).ToList());
        _target = Targets is [var first, ..] ? first.Prefix : "";
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender)
            return;
        await TryAsync(async () =>
        {
            _self = DotNetObjectReference.Create(this);
            _script = await Script.InvokeAsync<IJSObjectReference>("import", _left.Token, "./_content/ThanoSql.Web/js/upload.js");
            var texts = PageTexts.Of(T.Language).Where(text => text.Key.StartsWith("upload.", StringComparison.Ordinal)).ToDictionary();
            await _script.InvokeVoidAsync("enter", _left.Token, _root, _self, texts, Images.Value.Megabytes);
        });
    }

    private UploadTarget TargetOf(PipelineRow pipeline)
    {
        var definition = pipeline.Definition;
        var prefix = definition.Bucket == Workspace ? definition.Prefix : $"s3://{definition.Bucket}/{definition.Prefix}";
        return new UploadTarget(prefix, definition.Name, definition.Model.Name, pipeline.Active ? null : pipeline.Reason);
    }
}

/// <summary>A folder of the store that a pipeline looks at.</summary>
/// <param name="Prefix">As paths begin: <c>products/</c>.</param>
/// <param name="Waiting">What the pipeline waits for; null when it is active.</param>
public sealed record UploadTarget(string Prefix, string Pipeline, string Model, string? Waiting);

/// <summary>What became of a picture, for the script.</summary>
/// <param name="State">
/// <c>indexed</c>, <c>failed</c>, <c>pending</c>, <c>gone</c>, <c>exists</c> where it is another's, or <c>stored</c> where no pipeline looks at it.
/// </param>
/// <param name="Keyword">The best label.</param>
/// <param name="Score">As it is shown: 0.98.</param>
/// <param name="Url">Of a thumbnail.</param>
/// <param name="Reason">Of a failure: a code, a colon, and words.</param>
public sealed record UploadedPicture(
    string State, string? Keyword = null, string? Score = null, string? Url = null, string? Reason = null);
