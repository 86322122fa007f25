namespace ThanoSql.Worker.Intake;

/// <summary>What an object store sent, whatever it is.</summary>
/// <param name="Body">As text; bytes that are no UTF-8 are replaced.</param>
internal sealed record StoreNotification(string Body);
