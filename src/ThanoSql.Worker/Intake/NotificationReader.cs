using System.Text;
using ThanoSql.Catalog.Images;
using ThanoSql.Messages;
using ThanoSql.Storage.Events;

namespace ThanoSql.Worker.Intake;

/// <summary>From what a store sent to events; what cannot be read is listed among the failures.</summary>
internal sealed class NotificationReader(FailureLedger failures)
{
    /// <param name="body">S3 event JSON, or anything.</param>
    /// <param name="origin">Where it came from, for the list of failures.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    /// <returns>The events; those that are readable where others of the same body are not.</returns>
    public async Task<(IReadOnlyList<ObjectChanged> Events, string? Problem)> ReadAsync(
        string body, string origin, CancellationToken cancellationToken)
    {
        try
        {
            return (S3EventParser.Parse(Encoding.UTF8.GetBytes(body)), null);
        }
        catch (UnreadableEventException unreadable)
        {
            await failures.RecordUnreadableAsync(origin, body, unreadable.Message, cancellationToken);
            return (unreadable.Readable, unreadable.Message);
        }
    }
}
