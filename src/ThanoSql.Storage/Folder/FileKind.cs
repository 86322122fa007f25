namespace ThanoSql.Storage.Folder;

internal enum FileKind
{
    File,
    Directory,
    Link,

    /// <summary>A pipe, socket or device: opening one could block for ever.</summary>
    Other,
}
