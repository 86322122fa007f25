namespace ThanoSql.Query.Sdk;

/// <summary>What a downloaded file is called.</summary>
internal static class SdkAttachment
{
    /// <summary>
    /// For <c>Content-Disposition</c>. The SDK writes to whatever stands behind the last <c>filename=</c>, so that is a plain name in its folder;
    /// others read the whole one.
    /// </summary>
    public static string Named(string name)
    {
        var plain = new string([.. name.Select((c, i) => char.IsAsciiLetterOrDigit(c) || c == '_' || (c == '.' && i > 0) ? c : '-')]);
        return $"attachment; filename*=UTF-8''{Uri.EscapeDataString(name)}; filename={plain}";
    }
}
