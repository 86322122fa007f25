using System.Buffers;

namespace ThanoSql.Query.Results;

/// <summary>JSON that is sent in pieces while it is written, so that none of it is ever held as a whole.</summary>
/// <param name="send">Takes a piece, and whether it is the last.</param>
internal sealed class JsonStream(Func<ReadOnlyMemory<byte>, bool, ValueTask> send) : IDisposable
{
    private const int Piece = 32_768;

    private readonly ArrayBufferWriter<byte> _buffer = new(Piece);
    private Utf8JsonWriter? _json;

    public Utf8JsonWriter Json => _json ??= new Utf8JsonWriter(_buffer, PandasSplit.Options);

    /// <summary>Sends what was written once it is a piece.</summary>
    public ValueTask FlushAsync() => Json.BytesPending + _buffer.WrittenCount < Piece ? ValueTask.CompletedTask : SendAsync(isLast: false);

    /// <summary>Sends the rest.</summary>
    public ValueTask CompleteAsync() => SendAsync(isLast: true);

    /// <summary>Writes JSON as a string of this one.</summary>
    public async ValueTask WriteStringAsync(IEnumerable<bool> steps, InnerJson inner)
    {
        foreach (var _ in steps)
        {
            if (!inner.IsPiece)
                continue;
            Json.WriteStringValueSegment(inner.Take(), isFinalSegment: false);
            inner.Clear();
            await FlushAsync();
        }
        Json.WriteStringValueSegment(inner.Take(), isFinalSegment: true);
        await FlushAsync();
    }

    public void Dispose() => _json?.Dispose();

    private async ValueTask SendAsync(bool isLast)
    {
        await Json.FlushAsync();
        await send(_buffer.WrittenMemory, isLast);
        _buffer.ResetWrittenCount();
    }

    /// <summary>JSON on its way into a string.</summary>
    internal sealed class InnerJson : IDisposable
    {
        private readonly ArrayBufferWriter<byte> _buffer = new(Piece);

        public InnerJson() => Json = new Utf8JsonWriter(_buffer, PandasSplit.Options);

        public Utf8JsonWriter Json { get; }

        public bool IsPiece => Json.BytesPending + _buffer.WrittenCount >= Piece;

        public ReadOnlySpan<byte> Take()
        {
            Json.Flush();
            return _buffer.WrittenSpan;
        }

        public void Clear() => _buffer.ResetWrittenCount();

        public void Dispose() => Json.Dispose();
    }
}
