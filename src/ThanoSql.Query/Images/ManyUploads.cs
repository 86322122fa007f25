namespace ThanoSql.Query.Images;

/// <summary>Stores the files of a form, one in memory at a time. What is wrong with one of them says nothing of the others.</summary>
internal sealed class ManyUploads(Uploads uploads)
{
    /// <summary>Of one request.</summary>
    private const int MostFiles = 1000;

    /// <summary>Bytes of one request.</summary>
    public long Most => MostFiles * uploads.Most;

    /// <param name="request">Of which nothing was read.</param>
    /// <param name="prefix">What stands before the files' names.</param>
    /// <param name="onlyNew">Whether pictures that are there stay.</param>
    /// <param name="within">How long all of them together are waited for.</param>
    /// <param name="cancellationToken">What is stored until then stays.</param>
    /// <returns>In the order of the files.</returns>
    /// <exception cref="QueryException">The body holds no file, or is no form.</exception>
    public async Task<IReadOnlyList<UploadOutcome>> StoreAsync(
        HttpRequest request, string prefix, bool onlyNew, TimeSpan within, CancellationToken cancellationToken)
    {
        var stored = new List<Stored>();
        try
        {
            await foreach (var file in MultipartFiles.ReadAsync(request, cancellationToken))
            {
                if (stored.Count == MostFiles)
                    throw new QueryException(ErrorCode.TooLarge, $"A request takes {MostFiles} files: this and those behind it were not stored.");
                using var content = await MultipartFiles.UndamagedAsync(() => uploads.ReadAsync(file.Body, cancellationToken));
                stored.Add(await TryAsync(file.Name, content, prefix, onlyNew, cancellationToken));
            }
        }
        catch (QueryException damaged) when (stored.Count > 0)
        {
            stored.Add(new Stored(null, null, QueryError.Of(damaged)));
        }
        if (stored.Count == 0)
            throw new QueryException(ErrorCode.BadRequest, "The form holds no file.", hint: "For example: curl -F file=@a.jpeg -F file=@b.jpeg …");
        return await FollowAsync(stored, within, cancellationToken);
    }

    private async Task<Stored> TryAsync(string name, MemoryStream? content, string prefix, bool onlyNew, CancellationToken cancellationToken)
    {
        try
        {
            if (name.Contains('\uFFFD', StringComparison.Ordinal))
                throw new QueryException(ErrorCode.BadRequest, $"The file name '{name}' is not UTF-8.");
            return new Stored(name, await uploads.StoreAsync(prefix + name, content ?? throw uploads.TooLarge(), onlyNew, cancellationToken));
        }
        catch (Exception refused) when (QueryError.IsExpected(refused))
        {
            return new Stored(name, null, QueryError.Of(refused));
        }
    }

    private async Task<List<UploadOutcome>> FollowAsync(List<Stored> stored, TimeSpan within, CancellationToken cancellationToken)
    {
        var settled = await Task.WhenAll(stored.Select(
            s => s.Upload is { } upload ? uploads.IsSettledAsync(upload, within, cancellationToken) : Task.FromResult(false)));
        var outcomes = new List<UploadOutcome>();
        foreach (var (file, isSettled) in stored.Zip(settled))
            outcomes.Add(await DescribeAsync(file, within, isSettled, cancellationToken));
        return outcomes;
    }

    private async Task<UploadOutcome> DescribeAsync(Stored file, TimeSpan within, bool isSettled, CancellationToken cancellationToken)
    {
        if (file is { Upload: null, Error: { } error })
            return new UploadOutcome(file.Name, error.Status, null, new UploadProblem(error.Code.Name, error.Message, error.Hint));
        var picture = await uploads.DescribeAsync(file.Upload!, isSettled, cancellationToken);
        return new UploadOutcome(file.Name, UploadOutcome.StatusOf(file.Upload!, within, isSettled), picture, null);
    }

    // Either stored or refused
    private sealed record Stored(string? Name, Upload? Upload, QueryError? Error = null);
}

/// <param name="Results">In the order of the files.</param>
internal sealed record UploadOutcomes(IReadOnlyList<UploadOutcome> Results);

/// <summary>What became of a file.</summary>
/// <param name="Name">As the client called it; null where the body was damaged before one.</param>
/// <param name="Status">What a PUT of it alone would have been answered with: 201, 202, or that of the problem.</param>
/// <param name="Image">Null when it was refused.</param>
/// <param name="Problem">Null when it was stored.</param>
internal sealed record UploadOutcome(string? Name, int Status, StoredPicture? Image, UploadProblem? Problem)
{
    /// <summary>201 when all is done that was asked for, 202 when a picture was waited for in vain.</summary>
    public static int StatusOf(Upload upload, TimeSpan within, bool isSettled) =>
        upload.IsIndexed && within > TimeSpan.Zero && !isSettled ? StatusCodes.Status202Accepted : StatusCodes.Status201Created;
}

/// <summary>Why a file was refused.</summary>
/// <param name="Code">As in problem details.</param>
internal sealed record UploadProblem(string Code, string Message, string? Hint);
