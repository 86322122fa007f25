namespace ThanoSql.Query.Tables;

/// <summary>What the discontinued engine embedded with and no model here has: Color_Descriptor, and models that were given away ready-made.</summary>
internal static class PrebuiltModels
{
    private static readonly string[] Names =
    [
        "Color_Descriptor", "clip", "clip_en", "clipen", "xclip", "convnext", "electra", "wav2vec2", "whisper_s", "whisper_l", "vilt", "sbert_en",
        "tutorial_search_clip", "tutorial_product_classifier", "tutorial_text_classification", "tutorial_audio_recognition",
    ];

    /// <param name="name">As written.</param>
    public static bool Has(string name) => Names.Contains(name, StringComparer.OrdinalIgnoreCase);
}
