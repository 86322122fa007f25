using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web;

namespace ThanoSql.Web.Shell;

/// <summary>The document around every place.</summary>
public sealed partial class App
{
    private static readonly string[] Sheets =
        ["app", "parts", "search", "label", "upload", "pipelines", "models", "query", "settings"];

    [CascadingParameter]
    private HttpContext Context { get; set; } = null!;

    [Inject]
    private PageTexts Texts { get; set; } = null!;

    private Preferences Preferences { get; set; } = null!;

    private string Base => $"{Context.Request.PathBase.ToUriComponent()}/";

    private IComponentRenderMode? Mode => Context.AcceptsInteractiveRouting() ? RenderMode.InteractiveServer : null;

    protected override void OnInitialized()
    {
        Preferences = Preferences.Of(Context.Request);
        Texts.Use(Preferences.Language);
        PageHeaders.Set(Context.Response);
    }
}
