namespace ThanoSql.Vision.Trunks;

/// <summary>Fetches an algorithm's published weights (<c>ConvNeXt_Tiny</c>, or a name from the configuration) into the model folder.</summary>
/// <returns>The file's path, or null when nothing is published under this name or downloading is switched off.</returns>
/// <exception cref="TrunkException">They cannot be had now; the message says why.</exception>
public delegate Task<string?> TrunkDownload(string algorithm, CancellationToken cancellationToken);
