using ThanoSql.Messages;

namespace ThanoSql.Storage.Events;

/// <summary>A message that is no S3 event, or has records that are none.</summary>
/// <param name="reason">What is wrong, for a person.</param>
/// <param name="readable">The events of the other records of the same message, which still count.</param>
public sealed class UnreadableEventException(string reason, IReadOnlyList<ObjectChanged> readable, Exception? cause = null) : Exception(reason, cause)
{
    public IReadOnlyList<ObjectChanged> Readable { get; } = readable;
}
