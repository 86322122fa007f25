using System.Numerics;

namespace ThanoSql.Vision.Similarity;

/// <summary>Finds the row of a content: open addressing with linear probing, 4 bytes a slot, at most three quarters full.</summary>
/// <param name="contentOf">The content of a row, which the table does not keep a second time.</param>
internal sealed class RowTable(Func<int, long> contentOf)
{
    private const int Smallest = 16;

    private int[] _slots = new int[Smallest]; // a row plus one; 0 is free
    private int _count;

    public long Bytes => (long)_slots.Length * sizeof(int);

    /// <summary>What a table of so many rows takes in memory.</summary>
    public static long BytesOf(long rows) =>
        sizeof(int) * Math.Max(Smallest, (long)BitOperations.RoundUpToPowerOf2((ulong)((4 * rows / 3) + 1)));

    /// <returns>-1 when it is not there.</returns>
    public int Find(long content)
    {
        var slot = SlotOf(content);
        return _slots[slot] - 1;
    }

    /// <param name="content">Is not there.</param>
    /// <param name="row">Its row, which knows its content already.</param>
    public void Add(long content, int row)
    {
        if (4L * (_count + 1) > 3L * _slots.Length)
            Grow();
        _slots[SlotOf(content)] = row + 1;
        _count++;
    }

    /// <param name="content">Is there.</param>
    /// <param name="row">Its row from now on.</param>
    public void Move(long content, int row) => _slots[SlotOf(content)] = row + 1;

    /// <param name="content">Is there. Its row still knows its content.</param>
    public void Remove(long content)
    {
        var mask = _slots.Length - 1;
        var free = SlotOf(content);
        // What follows moves up where its own place allows it, so that no search ends too early
        for (var next = (free + 1) & mask; _slots[next] != 0; next = (next + 1) & mask)
        {
            var home = Home(contentOf(_slots[next] - 1));
            if (((next - home) & mask) < ((next - free) & mask))
                continue;
            _slots[free] = _slots[next];
            free = next;
        }
        _slots[free] = 0;
        _count--;
    }

    private int SlotOf(long content)
    {
        var slot = Home(content);
        while (_slots[slot] != 0 && contentOf(_slots[slot] - 1) != content)
            slot = (slot + 1) & (_slots.Length - 1);
        return slot;
    }

    // The upper bits of a product with the golden ratio: ids that follow each other are spread
    private int Home(long content) =>
        (int)(((ulong)content * 0x9E3779B97F4A7C15) >> (64 - BitOperations.Log2((uint)_slots.Length)));

    private void Grow()
    {
        var old = _slots;
        _slots = new int[old.Length * 2];
        foreach (var slot in old)
        {
            if (slot != 0)
                _slots[SlotOf(contentOf(slot - 1))] = slot;
        }
    }
}
