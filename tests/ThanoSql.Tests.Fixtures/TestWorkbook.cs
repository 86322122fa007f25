using System.Globalization;
using System.IO.Compression;
using System.Security;
using System.Text;

namespace ThanoSql.Tests.Fixtures;

/// <summary>Small XLSX workbooks, whose parts are written as they stand here (ECMA-376, part 1, 18).</summary>
public static class TestWorkbook
{
    private const string Main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    private const string Office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    private const string Package = "http://schemas.openxmlformats.org/package/2006/relationships";

    /// <summary>Styles for cells: the date 2024-02-29, a time of day, a post code of five digits.</summary>
    public const int Date = 1, TimeOfDay = 2, PostCode = 3;

    /// <summary>One sheet.</summary>
    /// <param name="rows">What stands in its <c>sheetData</c>, for example of <see cref="Row"/>.</param>
    public static byte[] Of(params string[] rows) => Of([("Sheet1", string.Concat(rows))]);

    /// <param name="sheets">Names, those of hidden ones after a <c>!</c>, and what stands in their <c>sheetData</c>.</param>
    /// <param name="sharedStrings">What stands in <c>sst</c>.</param>
    /// <param name="afterData">Behind the <c>sheetData</c> of each sheet.</param>
    public static byte[] Of(IReadOnlyList<(string Name, string Data)> sheets, string sharedStrings = "", string afterData = "")
    {
        using var file = new MemoryStream();
        using (var archive = new ZipArchive(file, ZipArchiveMode.Create))
        {
            Add(archive, "_rels/.rels", Relations([("officeDocument", "xl/workbook.xml")]));
            Add(archive, "xl/workbook.xml", $"<workbook xmlns=\"{Main}\" xmlns:r=\"{Office}\"><sheets>{Names(sheets)}</sheets></workbook>");
            var parts = sheets.Select((_, i) => ("worksheet", $"worksheets/sheet{i + 1}.xml"));
            Add(archive, "xl/_rels/workbook.xml.rels", Relations([.. parts, ("styles", "styles.xml"), ("sharedStrings", "sharedStrings.xml")]));
            Add(archive, "xl/styles.xml", Styles);
            Add(archive, "xl/sharedStrings.xml", $"<sst xmlns=\"{Main}\">{sharedStrings}</sst>");
            foreach (var (i, (_, data)) in sheets.Index())
            {
                Add(
                    archive, $"xl/worksheets/sheet{i + 1}.xml",
                    $"<worksheet xmlns=\"{Main}\"><sheetData>{data}</sheetData>{afterData}</worksheet>");
            }
        }
        return file.ToArray();
    }

    /// <param name="number">From 1.</param>
    /// <param name="cells">Texts, numbers, truth values, null for an empty one, or a cell as it stands in the file.</param>
    public static string Row(int number, params object?[] cells)
    {
        var xml = new StringBuilder().Append(CultureInfo.InvariantCulture, $"<row r=\"{number}\">");
        foreach (var (i, cell) in cells.Index())
        {
            var at = $"r=\"{(char)('A' + i)}{number}\"";
            xml.Append(cell switch
            {
                null => "",
                string text => $"<c {at} t=\"inlineStr\"><is><t xml:space=\"preserve\">{SecurityElement.Escape(text)}</t></is></c>",
                bool truth => $"<c {at} t=\"b\"><v>{(truth ? 1 : 0)}</v></c>",
                Raw raw => $"<c {at} {raw.Attributes}>{raw.Inside}</c>",
                _ => string.Create(CultureInfo.InvariantCulture, $"<c {at}><v>{cell:R}</v></c>"),
            });
        }
        return xml.Append("</row>").ToString();
    }

    /// <summary>A number that is shown in one of the styles above.</summary>
    public static Raw Styled(double number, int style) =>
        new($"s=\"{style}\"", string.Create(CultureInfo.InvariantCulture, $"<v>{number:R}</v>"));

    private const string Styles =
        $"""
        <styleSheet xmlns="{Main}"><numFmts count="1"><numFmt numFmtId="164" formatCode="00000"/></numFmts>
        <cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="20"/><xf numFmtId="164"/></cellXfs></styleSheet>
        """;

    private static string Names(IReadOnlyList<(string Name, string Data)> sheets) => string.Concat(sheets.Select((sheet, i) =>
        $"<sheet name=\"{SecurityElement.Escape(sheet.Name.TrimStart('!'))}\" sheetId=\"{i + 1}\" r:id=\"r{i + 1}\""
        + (sheet.Name.StartsWith('!') ? " state=\"hidden\"" : "") + "/>"));

    private static string Relations(IEnumerable<(string Type, string Target)> parts) =>
        $"<Relationships xmlns=\"{Package}\">"
        + string.Concat(parts.Select((p, i) => $"<Relationship Id=\"r{i + 1}\" Type=\"{Office}/{p.Type}\" Target=\"{p.Target}\"/>"))
        + "</Relationships>";

    private static void Add(ZipArchive archive, string name, string text)
    {
        using var part = archive.CreateEntry(name, CompressionLevel.Fastest).Open();
        part.Write(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>A cell as it stands in the file.</summary>
    public sealed record Raw(string Attributes, string Inside);
}
