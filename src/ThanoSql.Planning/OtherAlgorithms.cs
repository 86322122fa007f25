using System.Collections.Frozen;

namespace ThanoSql.Planning;

/// <summary>
/// The dialect's algorithms that this engine does not have. A statement that names one, its prebuilt model, or an option that only it takes, is
/// refused by the algorithm's name: what is wrong with such a statement is no option.
/// </summary>
public static class OtherAlgorithms
{
    private const string Tables = "for tables of numbers and words";
    private const string Series = "for time series";
    private const string Texts = "for texts";
    private const string Speech = "for speech";
    private const string Words = "for comparing pictures with texts";
    private const string Videos = "for videos";
    private const string Users = "for recommendations";

    private static readonly FrozenDictionary<string, (string Algorithm, string Use)> ByName = new (string Name, string Algorithm, string Use)[]
    {
        ("AutomlClassifier", "AutomlClassifier", Tables), ("AutomlRegressor", "AutomlRegressor", Tables), ("TFT", "TFT", Series),
        ("AlbertKo", "AlbertKo", Texts), ("AlbertEn", "AlbertEn", Texts), ("ElectraKo", "ElectraKo", Texts), ("ElectraEn", "ElectraEn", Texts),
        ("electra", "Electra", Texts), ("tutorial_text_classification", "Electra", Texts),
        ("SBERTKo", "SBERTKo", Texts), ("SBERTEn", "SBERTEn", Texts), ("sbert_en", "SBERTEn", Texts), ("GPT", "GPT", Texts),
        ("Wav2Vec2Ko", "Wav2Vec2Ko", Speech), ("Wav2Vec2En", "Wav2Vec2En", Speech), ("wav2vec2", "Wav2Vec2En", Speech),
        ("tutorial_audio_recognition", "Wav2Vec2", Speech),
        ("Whisper", "Whisper", Speech), ("whisper_s", "Whisper", Speech), ("whisper_l", "Whisper", Speech),
        ("CLIP", "CLIP", Words), ("clip_en", "CLIP", Words), ("tutorial_search_clip", "CLIP", Words),
        ("ViLT", "ViLT", "for questions about pictures"), ("XCLIP", "XCLIP", Videos),
        ("Light_FM", "Light_FM", Users), ("LDAREC", "LDAREC", Users), ("Color_Descriptor", "Color_Descriptor", "for the colours of pictures"),
        ("EfficientNetV2S", "EfficientNetV2S", "an image classifier of another kind"),
        ("EfficientNetV2M", "EfficientNetV2M", "an image classifier of another kind"),
        ("EfficientV2S", "EfficientNetV2S", "an image classifier of another kind"),
        ("EfficientV2M", "EfficientNetV2M", "an image classifier of another kind"),
    }.ToFrozenDictionary(a => a.Name, a => (a.Algorithm, a.Use), StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, (string Algorithms, string Use)> ByOption = new (string Options, string Algorithms, string Use)[]
    {
        ("target target_col", "AutomlClassifier, AutomlRegressor and TFT", "for tables and time series"),
        ("features_to_drop impute_type datetime_attribs outlier_method time_left_for_this_task", "AutomlClassifier and AutomlRegressor", Tables),
        ("time_idx_col max_encoder_length min_encoder_length max_prediction_length min_prediction_length", "TFT", Series),
        ("group_id_cols group_normalizer", "TFT", Series),
        ("text_col", "AlbertKo, AlbertEn, ElectraKo, ElectraEn, SBERTKo and SBERTEn", Texts),
        ("audio_col audio_column", "Wav2Vec2Ko, Wav2Vec2En and Whisper", Speech), ("language", "Whisper", Speech),
        ("question", "ViLT", "for questions about pictures"), ("convert_type", "CLIP and XCLIP", Words), ("video_col video_column", "XCLIP", Videos),
        ("user_col item_col rating_col predict_type user_id item_id nrec", "Light_FM and LDAREC", Users),
    }.SelectMany(a => a.Options.Split(' '), (a, option) => (option, a.Algorithms, a.Use))
        .ToFrozenDictionary(a => a.option, a => (a.Algorithms, a.Use), StringComparer.OrdinalIgnoreCase);

    /// <summary>The algorithms themselves, as the manuals spell them.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. ByName.Values.Select(a => a.Algorithm).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Why a statement cannot be done that uses <paramref name="name"/> and these options.</summary>
    /// <param name="text">The text that was parsed.</param>
    /// <param name="statement">Which.</param>
    /// <param name="name">Behind USING: an algorithm's or a model's; null for none.</param>
    /// <returns>Null when neither the name nor an option belongs to another algorithm. A model of the user's may still have that name.</returns>
    public static QueryException? Refusal(string text, Statement statement, Name? name)
    {
        ArgumentNullException.ThrowIfNull(statement);
        return Refusal(text, statement, name, statement.Options.Items);
    }

    /// <summary>As the other, with these options alone: those of an algorithm that is here are read with the list of what it takes.</summary>
    public static QueryException? Refusal(string text, Statement statement, Name? name, IReadOnlyList<Option> options)
    {
        ArgumentNullException.ThrowIfNull(statement);
        ArgumentNullException.ThrowIfNull(options);
        if (name is not null && ByName.TryGetValue(name.Text, out var named))
        {
            var isItself = string.Equals(named.Algorithm, name.Text, StringComparison.OrdinalIgnoreCase);
            var what = isItself ? named.Algorithm : $"{name} ({named.Algorithm})";
            var verb = statement is CreateTableUsingStatement ? "CREATE TABLE" : statement.Verb;
            return Refused(text, name.Span, $"{verb} USING {what} is not supported: it is {named.Use}");
        }
        foreach (var option in options)
        {
            if (!ByOption.TryGetValue(option.Name.Text, out var asked))
                continue;
            var model = name is null ? "" : $" USING {name}";
            return Refused(
                text, option.Span,
                $"{statement.Verb}{model} is not supported: the option {option.Name} belongs to {asked.Algorithms}, {asked.Use}");
        }
        return null;
    }

    /// <summary>Refuses what no model of this engine can do, before its source is looked at.</summary>
    /// <exception cref="QueryException">The statement names an algorithm or an option of another, and there is no model of that name.</exception>
    internal static async Task RefuseAsync(Session session, Statement statement, CancellationToken cancellationToken)
    {
        var model = statement switch
        {
            AppliedStatement applied => applied.Model,
            SearchStatement search => search.Model,
            _ => null,
        };
        if (OfVerb(session.Draft.Text, statement, model) is { } always)
            throw always;
        if (model is null || Refusal(session.Draft.Text, statement, model) is not { } refusal)
            return;
        if (!(await session.Answers.ModelNamesAsync(cancellationToken)).Contains(model.Folded))
            throw refusal;
    }

    // Statements that exist for other algorithms only
    private static QueryException? OfVerb(string text, Statement statement, Name? model)
    {
        var of = statement switch
        {
            TransformStatement => "it gives the pre-processing of AutomlClassifier and AutomlRegressor, " + Tables,
            GenerateStatement => "it writes texts with GPT",
            SearchStatement { Kind: MediaKind.Text } => "it is of SBERTKo and SBERTEn, " + Texts,
            SearchStatement { Kind: MediaKind.Keyword } => "it finds keywords in texts, with SBERTKo and SBERTEn",
            SearchStatement { Kind: MediaKind.Video } => "it is of XCLIP, " + Videos,
            SearchStatement { Kind: MediaKind.Audio } => "no algorithm for it was ever published",
            FunctionStatement { Module.Text: var module, Function.Text: var function }
                when module.Equals("preprocess", StringComparison.OrdinalIgnoreCase) => $"{module}.{function} is for videos",
            _ => null,
        };
        if (of is null)
            return null;
        var verb = statement is SearchStatement search ? $"SEARCH {search.Kind.ToString().ToUpperInvariant()}" : statement.Verb;
        return Refused(text, statement.Span, $"{verb}{(model is null ? "" : $" USING {model}")} is not supported: {of}");
    }

    private static QueryException Refused(string text, TextSpan at, string why) => new(
        ErrorCode.NotSupported, $"{why}. This engine classifies and finds pictures.", TextPosition.Of(text, at.Start),
        "It knows models of pictures: BUILD MODEL my_model USING ConvNeXt_Tiny OPTIONS (image_col='…', label_col='…') AS SELECT …");
}
