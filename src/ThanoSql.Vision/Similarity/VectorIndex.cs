using System.Buffers;

namespace ThanoSql.Vision.Similarity;

/// <summary>
/// The embeddings of one space as int8 codes in memory: finds those that may be the nearest to a vector, whose exact order is told from the
/// embeddings themselves. Not for several threads at once, but searches may run side by side.
/// </summary>
public sealed class VectorIndex
{
    private const int WordsOfBlock = RowBlock.Rows / 64;
    private const int RowsOfThread = 16 * 1024; // fewer are not worth another

    private readonly int _stride;
    private readonly List<RowBlock> _blocks = [];
    private readonly RowTable _rows;

    /// <param name="dimensions">Values of an embedding; from 1.</param>
    public VectorIndex(int dimensions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimensions, 1);
        Dimensions = dimensions;
        _stride = CodeProduct.Padded(dimensions);
        _rows = new RowTable(row => _blocks[row / RowBlock.Rows].ContentOf(row % RowBlock.Rows));
    }

    public int Dimensions { get; }

    public int Count { get; private set; }

    /// <summary>What it takes in memory.</summary>
    public long Bytes => (_blocks.Count * RowBlock.BytesOf(_stride)) + _rows.Bytes;

    /// <summary>What an index of so many embeddings takes in memory.</summary>
    public static long BytesOf(int dimensions, long count) =>
        ((count + RowBlock.Rows - 1) / RowBlock.Rows * RowBlock.BytesOf(CodeProduct.Padded(dimensions))) + RowTable.BytesOf(count);

    /// <summary>Adds the embedding of a content, or puts it in the place of the one that is there.</summary>
    /// <param name="content">Its id.</param>
    /// <param name="stored">[dimensions], of any length.</param>
    /// <returns>False when it is not finite; the content is not there then.</returns>
    /// <exception cref="ArgumentException">Of another space.</exception>
    public bool Set(long content, ReadOnlySpan<Half> stored)
    {
        if (stored.Length != Dimensions)
            throw new ArgumentException($"An embedding has {stored.Length} values; those of this space have {Dimensions}.", nameof(stored));
        var row = _rows.Find(content);
        if (row < 0)
        {
            row = Count++;
            if (row == _blocks.Count * RowBlock.Rows)
                _blocks.Add(new RowBlock(_stride));
            _blocks[row / RowBlock.Rows].Name(row % RowBlock.Rows, content);
            _rows.Add(content, row);
        }
        if (_blocks[row / RowBlock.Rows].TryWrite(row % RowBlock.Rows, stored))
            return true;
        Remove(content);
        return false;
    }

    /// <returns>Whether it was there.</returns>
    public bool Remove(long content)
    {
        var row = _rows.Find(content);
        if (row < 0)
            return false;
        var last = Count - 1;
        var (from, to) = (_blocks[last / RowBlock.Rows], _blocks[row / RowBlock.Rows]);
        _rows.Remove(content);
        if (row != last)
        {
            _rows.Move(from.ContentOf(last % RowBlock.Rows), row);
            to.Copy(from, last % RowBlock.Rows, row % RowBlock.Rows);
        }
        Count = last;
        if (last == (_blocks.Count - 1) * RowBlock.Rows)
            _blocks.RemoveAt(_blocks.Count - 1);
        return true;
    }

    /// <summary>All that may be among the nearest, by a bound that holds for any vectors.</summary>
    /// <param name="query">Of the index' dimensions.</param>
    /// <param name="top">How many nearest are asked for; from 1.</param>
    /// <param name="among">Only these contents, as far as they are here; null for all.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>The largest bound first; equals by content.</returns>
    public IReadOnlyList<Candidate> Nearest(CosineQuery query, int top, IReadOnlyCollection<long>? among, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfLessThan(top, 1);
        query.CheckDimensions(Dimensions);
        if (among is null)
        {
            return Scan(Count, top, (block, found) => _blocks[block].Scan(
                query, Math.Min(RowBlock.Rows, Count - (block * RowBlock.Rows)), found), cancellationToken);
        }
        var rows = ArrayPool<ulong>.Shared.Rent(_blocks.Count * WordsOfBlock);
        try
        {
            Array.Clear(rows, 0, _blocks.Count * WordsOfBlock);
            foreach (var content in among)
            {
                if (_rows.Find(content) is >= 0 and var row)
                    rows[row / 64] |= 1UL << (row % 64);
            }
            return Scan(among.Count, top, (block, found) => _blocks[block].Scan(
                query, rows.AsSpan(block * WordsOfBlock, WordsOfBlock), found), cancellationToken);
        }
        finally
        {
            ArrayPool<ulong>.Shared.Return(rows);
        }
    }

    private List<Candidate> Scan(int rows, int top, Action<int, Candidates> scan, CancellationToken cancellationToken)
    {
        var parts = new Candidates[Math.Clamp(rows / RowsOfThread, 1, Environment.ProcessorCount)];
        var next = -1;
        Parallel.For(0, parts.Length, new ParallelOptions { CancellationToken = cancellationToken }, part =>
        {
            parts[part] = new Candidates(top);
            while (Interlocked.Increment(ref next) is var block && block < _blocks.Count)
            {
                cancellationToken.ThrowIfCancellationRequested();
                scan(block, parts[part]);
            }
        });
        return Candidates.Join(parts, top);
    }
}
