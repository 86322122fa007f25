namespace ThanoSql.Storage;

/// <summary>A store could not do what it was asked; the subclass says what to do about it.</summary>
public abstract class StoreException(string message, Exception? cause) : Exception(message, cause);

/// <summary>Transient: the store is down, slow, overloaded or cut the connection. Try again later.</summary>
public class StoreUnavailableException(string message, Exception? cause = null) : StoreException(message, cause);

/// <summary>Linux watches no more folders for this user. The message names the setting and a value for it.</summary>
public sealed class WatchLimitException(string message, Exception? cause = null) : StoreUnavailableException(message, cause);

/// <summary>Transient: a body ended before the size that the store had announced.</summary>
public sealed class TruncatedObjectException(ObjectPath path, long announced, long received, Exception? cause = null)
    : StoreUnavailableException($"{path} ended after {received:N0} of {announced:N0} bytes.", cause);

/// <summary>Transient: this is not the store that the bucket's images are known from: it is unmounted, emptied, or another one.</summary>
public sealed class StoreAbsentException(string reason) : StoreUnavailableException(reason);

/// <summary>The bucket does not exist: make it with <c>thanosql store init</c>.</summary>
public sealed class BucketNotFoundException(string bucket, Exception? cause = null)
    : StoreException($"The bucket '{bucket}' does not exist: make it with 'thanosql store init'.", cause);

/// <summary>Permanent: access is denied or the request itself is wrong. Trying again changes nothing.</summary>
public class StoreRefusedException(string message, Exception? cause = null) : StoreException(message, cause)
{
    /// <summary>S3's name of the error, for example <c>AccessDenied</c>; null where another store or this program refused.</summary>
    public string? Code { get; init; }
}

/// <summary>Access is denied to what may well be there: until somebody grants it, nothing is known of the object.</summary>
public sealed class AccessDeniedException(string message, Exception? cause = null) : StoreRefusedException(message, cause);

/// <summary>Permanent: a text that names no object, or one outside of the store.</summary>
public sealed class InvalidPathException(string message) : StoreRefusedException(message);

/// <summary>The path leads over a symbolic link or device, or over a file as if it were a folder: another path is to be named.</summary>
public sealed class BlockedPathException(string message, Exception? cause = null) : StoreRefusedException(message, cause);
