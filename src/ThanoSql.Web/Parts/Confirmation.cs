using MudBlazor;

namespace ThanoSql.Web.Parts;

/// <summary>Asks before something that matters.</summary>
internal static class Confirmation
{
    /// <param name="dialogs">Of the page.</param>
    /// <param name="title">The question.</param>
    /// <param name="text">What will happen.</param>
    /// <param name="act">The verb on the button.</param>
    /// <param name="isDanger">Whether it cannot be taken back.</param>
    /// <returns>Whether to go on.</returns>
    public static async Task<bool> ConfirmAsync(this IDialogService dialogs, string title, string text, string act, bool isDanger = false)
    {
        var parameters = new DialogParameters<Confirm>
        {
            { dialog => dialog.Title, title },
            { dialog => dialog.Text, text },
            { dialog => dialog.Act, act },
            { dialog => dialog.IsDanger, isDanger },
        };
        var dialog = await dialogs.ShowAsync<Confirm>(title, parameters);
        return await dialog.Result is { Canceled: false };
    }
}
