using Microsoft.AspNetCore.Http.Features;
using ThanoSql.Query.Http;

namespace ThanoSql.Query.Sdk;

/// <summary>A form with one file, whole, and beside it perhaps a part <c>body</c> with JSON. To be disposed when the request is answered.</summary>
internal sealed class SdkForm : IDisposable
{
    private const string BodyPart = "body";

    private readonly LateTurn _turn;
    private MemoryStream? _file;

    private SdkForm(LateTurn turn) => _turn = turn;

    /// <summary>As the client calls it.</summary>
    public string FileName { get; private set; } = "";

    /// <summary>From its beginning.</summary>
    public MemoryStream File => _file!;

    /// <summary>UTF-8; null where there is no such part.</summary>
    public ReadOnlyMemory<byte>? Body { get; private set; }

    /// <exception cref="QueryException">It is no such form, too long, or the token sends too many large ones.</exception>
    public static async Task<SdkForm> ReadAsync(HttpContext context, RequestBodies bodies)
    {
        var form = new SdkForm(new LateTurn(bodies, TokenAuthentication.TokenOf(context).Name));
        try
        {
            await form.ReadPartsAsync(context, bodies);
            return form._file is not null
                ? form
                : throw new QueryException(ErrorCode.BadRequest, "The form holds no file.", hint: "For example: curl -F file=@products.csv …");
        }
        catch
        {
            form.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _file?.Dispose();
        _turn.Dispose();
    }

    private async Task ReadPartsAsync(HttpContext context, RequestBodies bodies)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null; // counted here
        var read = 0L;
        await foreach (var part in MultipartFiles.PartsAsync(context.Request, context.RequestAborted))
        {
            var content = new MemoryStream();
            if (part.FileName is not null)
            {
                if (_file is not null)
                    throw new QueryException(ErrorCode.BadRequest, "The form holds several files.");
                (FileName, _file) = (part.FileName, content);
            }
            var piece = new byte[16_384];
            while (await MultipartFiles.UndamagedAsync(() => part.Body.ReadAsync(piece, context.RequestAborted).AsTask()) is > 0 and var count)
            {
                await bodies.CheckAsync(read += count, _turn, context.RequestAborted);
                content.Write(piece, 0, count);
            }
            content.Position = 0;
            if (part is { FileName: null, Field: BodyPart })
                Body = content.ToArray();
        }
    }
}
