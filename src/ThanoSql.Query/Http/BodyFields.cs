namespace ThanoSql.Query.Http;

/// <summary>A request's body, a JSON object, read field by field: whatever is wrong is told by name, value and what is allowed.</summary>
internal sealed class BodyFields
{
    private static readonly JsonSerializerOptions Strict = new() { AllowDuplicateProperties = false };

    private readonly Dictionary<string, JsonElement> _fields;

    private BodyFields(Dictionary<string, JsonElement> fields) => _fields = fields;

    /// <param name="context">Of the request; its content type does not matter.</param>
    /// <param name="known">The fields that there are.</param>
    /// <exception cref="QueryException">It is no JSON object, or has other fields.</exception>
    public static async Task<BodyFields> ReadAsync(HttpContext context, IReadOnlyList<string> known)
    {
        var fields = await ParseAsync(context);
        return fields.Keys.FirstOrDefault(field => !known.Contains(field)) is { } unknown
            ? throw Bad($"The body has a field '{unknown}'.", $"It takes {string.Join(", ", known)}.")
            : new BodyFields(fields);
    }

    /// <summary>Whether the body names the field, be it with null.</summary>
    public bool Has(string name) => _fields.ContainsKey(name);

    public string? Text(string name) => Read<string>(name, "a text");

    public IReadOnlyList<string>? Texts(string name)
    {
        const string takes = "a list of texts";
        var texts = Read<string[]>(name, takes);
        return texts?.Contains(null) is true ? throw Wrong(name, takes) : texts;
    }

    public DateTimeOffset? Time(string name) => Read<DateTimeOffset?>(name, "a time such as 2027-01-31T00:00:00Z");

    public int? Whole(string name, int least, int most)
    {
        var takes = string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}");
        var number = Read<int?>(name, takes);
        return number < least || number > most ? throw Wrong(name, takes) : number;
    }

    public static QueryException Bad(string message, string? hint = null) => new(ErrorCode.BadRequest, message, hint: hint);

    private static async Task<Dictionary<string, JsonElement>> ParseAsync(HttpContext context)
    {
        try
        {
            var body = await JsonSerializer.DeserializeAsync<Dictionary<string, JsonElement>>(context.Request.Body, Strict, context.RequestAborted);
            if (body is not null)
                return body;
        }
        catch (JsonException)
        {
            // Told below
        }
        throw Bad("The body is no JSON object, or names a field twice.");
    }

    private T? Read<T>(string name, string takes)
    {
        if (!_fields.TryGetValue(name, out var value))
            return default;
        try
        {
            return value.Deserialize<T>();
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException) // the second for half of a surrogate pair
        {
            throw Wrong(name, takes);
        }
    }

    private QueryException Wrong(string name, string takes)
    {
        const int most = 100;
        var value = _fields[name].GetRawText();
        return Bad($"'{name}' is {takes}, not {(value.Length > most ? value[..most] + "…" : value)}.");
    }
}
