using System;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Threading.Tasks;

namespace Generated;

/// <summary>A shop's round trip by the client that NSwag makes of the document: upload, search, correction, deletion.</summary>
public static class Shop
{
    private const string Path = "products/csharp.png";

    public static async Task<string> RunAsync(HttpClient http, byte[] picture)
    {
        var client = new ApiClient(http);
        var stored = await client.StoreImageAsync(Path, new FileParameter(new MemoryStream(picture), "csharp.png", "image/png"), "20s");
        var labelled = await client.SetLabelAsync(Path, new LabelBody { Label = "red" });
        var found = await client.SearchAsync(table: "products", keyword: ["red"], limit: 5);
        var refused = "";
        try
        {
            await client.SearchAsync(table: "productz", keyword: ["red"]);
        }
        catch (ApiException<ProblemDetails> problem)
        {
            refused = problem.Result.Code;
        }
        await client.DeleteImageAsync(Path);
        return $"{stored.Path} {labelled.Label} {string.Join(',', found.Results.Select(hit => hit.Path))} {refused}";
    }
}
