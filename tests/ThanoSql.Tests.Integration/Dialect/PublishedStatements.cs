namespace ThanoSql.Tests.Integration.Dialect;

/// <summary>
/// The statements of the original engine's documentation, with what docs/dialect.md says of each: it runs and gives these columns (none: "Success"),
/// or it is refused with this code and a message that says this. Where the documentation has a list of options, the statement gives all of them.
/// </summary>
internal static class PublishedStatements
{
    private const string Numbers = "impute_type='simple', datetime_attribs=['a'], outlier_method='iso', time_left_for_this_task=300, overwrite=True";

    public static readonly Published[] All =
    [
        // 1.3 GET
        Runs("GET THANOSQL DATASET diet_data\nOPTIONS (overwrite=True)\n"),
        .. "mnist_data unsplash_data product_image_data titanic_data bike_sharing_data movie_review_data librispeech_data cat_and_dog_data "
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Concat("korean_voice_data coco_person_data electricity_usage_data kinetics700_data nsmc_data healthcare_data".Split(' '))
            .Select(name => Refused($"GET THANOSQL DATASET {name}", "unknown_dataset", name)),
        Runs("GET THANOSQL MODEL convnext"),
        Runs("GET THANOSQL MODEL convnext OPTIONS (model_name='my_convnext', overwrite=True)"),
        Refused("GET THANOSQL MODEL clip", "not_supported", "CLIP"),
        Refused("GET THANOSQL MODEL electra", "not_supported", "Electra"),
        Refused("GET THANOSQL MODEL wav2vec2", "not_supported", "Wav2Vec2"),
        Refused("GET THANOSQL MODEL whisper_s", "not_supported", "Whisper"),
        Refused("GET THANOSQL MODEL whisper_l", "not_supported", "Whisper"),
        Refused("GET THANOSQL MODEL vilt", "not_supported", "ViLT"),
        Refused("GET THANOSQL MODEL sbert_en", "not_supported", "SBERT"),
        Refused("GET THANOSQL MODEL xclip", "not_supported", "XCLIP"),
        Refused("GET THANOSQL MODEL tutorial_search_clip", "not_supported", "CLIP"),
        Refused(
            "GET THANOSQL MODEL tutorial_product_classifier\nOPTIONS (overwrite=True)\nAS tutorial_product_classifier",
            "unknown_model", "convnext"),
        Refused("GET THANOSQL MODEL tutorial_text_classification", "not_supported", "Electra"),
        Refused("GET THANOSQL MODEL tutorial_audio_recognition", "not_supported", "Wav2Vec2"),

        // 1.3 COPY, LIST, DELETE, UPLOAD
        Runs("COPY copied OPTIONS (overwrite=True) FROM \"thanosql-dataset/diet_data/diet.csv\""),
        Runs("COPY copied OPTIONS (if_exists='replace') FROM 'thanosql-dataset/diet_data/diet.csv'"),
        Runs("COPY copied_records OPTIONS (if_exists='append') FROM '[{\"image_path\": \"a.jpg\", \"label\": \"과일\"}]'"),
        Runs("LIST TABLE", "table_name"),
        Runs("LIST MODEL", "model_name", "model"),
        Runs("LIST THANOSQL MODEL", "model_name", "model"),
        Runs("LIST THANOSQL_MODEL", "model_name", "model"),
        Runs("SELECT * FROM (LIST THANOSQL MODEL)", "model_name", "model"),
        Runs("LIST THANOSQL DATASET", "dataset_name", "data_type"),
        Runs("LIST THANOSQL TUTORIAL", "tutorial_name", "model_used", "dataset_used", "data_type"),
        Refused("DELETE MODEL nobodys_model", "unknown_model", "nobodys_model"),
        Refused(
            "UPLOAD MODEL beans_mobilevit\nOPTIONS (overwrite=True, framework=\"pytorch\")\nFROM \"test/udm_tutorial/trained_model.pth\"",
            "unusable_model", "ONNX"),

        // 1.3 image classification
        Runs("""
            BUILD MODEL list_of_options USING ConvNeXt_Base
            OPTIONS (image_col='image_path', label_col='label', batch_size=16, max_epochs=1, learning_rate=1e-3, input_size=64, color='RGB',
                overwrite=True)
            AS SELECT * FROM diet
            """),
        Refused("BUILD MODEL m USING EfficientNetV2S OPTIONS (epochs=1) AS SELECT * FROM diet", "not_supported", "EfficientNetV2S"),
        Refused("BUILD MODEL m USING EfficientNetV2M OPTIONS (max_epochs=1) AS SELECT * FROM diet", "not_supported", "EfficientNetV2M"),
        Refused("BUILD MODEL m USING EfficientV2M OPTIONS (max_epochs=1) AS SELECT * FROM diet", "not_supported", "EfficientNetV2M"),
        Runs(
            "PREDICT USING beans_mobilevit OPTIONS (image_col='image_path', column_name='predict_result', batch_size=16, input_size=224) "
            + "AS SELECT * FROM beans_test",
            "image_path", "label", "predict_result"),
        Runs(
            "PREDICT USING beans_mobilevit OPTIONS (image_col='image_path', result_col='r', table_name='kept') AS SELECT * FROM beans_test",
            "image_path", "label", "r"),
        Runs("PREDICT\nUSING beans_mobilevit\nAS\nSELECT *\nFROM beans_test\nORDER BY RANDOM()\nLIMIT 5", "image_path", "label", "predict_result"),
        Runs(
            "EVALUATE USING beans_mobilevit OPTIONS (image_col='image_path', label_col='label', batch_size=16, input_size=224) "
            + "AS SELECT * FROM beans_test",
            "metric", "score"),

        // 1.3 other algorithms
        Refused($"BUILD MODEL m USING AutomlClassifier OPTIONS (target='survived', features_to_drop=['name'], {Numbers}) AS SELECT * FROM t",
            "not_supported", "AutomlClassifier"),
        Refused(
            $"BUILD MODEL m USING AutomlRegressor OPTIONS (target_col='count', {Numbers}) AS SELECT * FROM t",
            "not_supported", "AutomlRegressor"),
        Refused("EVALUATE USING titanic_automl_classification \nOPTIONS (\n    target_col='survived'\n    )\nAS\nSELECT *\nFROM titanic_train",
            "not_supported", "AutomlClassifier"),
        Refused("""
            FIT MODEL fit_test_classifier
            USING test_classifier
            OPTIONS (
                target = 'survived',
                impute_type='simple',
                features_to_drop=["name", 'ticket', 'passengerid', 'cabin']
                )
            AS
            SELECT *
            FROM titanic_train
            """, "not_supported", "AutomlClassifier"),
        Refused("PREDICT USING bike_regression OPTIONS (result_col='predict_result') AS SELECT * FROM bike_sharing_test LIMIT 10",
            "unknown_model", "bike_regression"),
        Refused("TRANSFORM USING titanic_automl_classification AS SELECT * FROM titanic_train", "not_supported", "AutomlClassifier"),
        .. "AlbertKo AlbertEn ElectraKo ElectraEn".Split(' ').Select(name => Refused(
            $"BUILD MODEL m USING {name} OPTIONS (text_col='text', label_col='label', batch_size=16, max_epochs=3, "
            + "learning_rate=1e-4, overwrite=True) AS SELECT * FROM nsmc_train",
            "not_supported", name)),
        Refused(
            "PREDICT USING my_texts OPTIONS (text_col='document', batch_size=16, result_col='r') AS SELECT * FROM t",
            "not_supported", "ElectraKo"),
        Refused("EVALUATE USING my_texts OPTIONS (text_col='document', label_col='label') AS SELECT * FROM t", "not_supported", "ElectraKo"),
        .. "Wav2Vec2Ko Wav2Vec2En".Split(' ').Select(name => Refused(
            $"BUILD MODEL m USING {name} OPTIONS (audio_col='audio_path', text_col='text', batch_size=16, max_epochs=5, overwrite=True) "
            + "AS SELECT * FROM t",
            "not_supported", name)),
        Refused("PREDICT USING my_voices OPTIONS (audio_col='audio_path', batch_size=16) AS SELECT * FROM t", "not_supported", "Wav2Vec2"),
        Refused("PREDICT USING whisper_s OPTIONS (audio_col='audio_path', language='auto', task='transcribe') AS SELECT * FROM t",
            "not_supported", "Whisper"),
        Refused("EVALUATE USING whisper_l OPTIONS (audio_col='audio_path', text_col='text') AS SELECT * FROM t", "not_supported", "Whisper"),
        Refused(
            "PREDICT USING vilt OPTIONS (image_col='image_path', question='How many?', result_col='r') AS SELECT * FROM diet",
            "not_supported", "ViLT"),
        Refused("""
            BUILD MODEL m USING TFT OPTIONS (target_col='target', time_idx_col='time_idx', max_encoder_length=24, max_prediction_length=24,
                group_id_cols=['a'], group_normalizer=False, static_categorical_cols=['b'], allow_missing_timesteps=False, validate=False, seed=42,
                batch_size=128, max_epochs=30, learning_rate=3e-3, overwrite=True)
            AS SELECT * FROM electricity
            """, "not_supported", "TFT"),
        .. "SBERTKo SBERTEn".Split(' ').Select(name => Refused(
            $"BUILD MODEL m USING {name} OPTIONS (text_col='text', batch_size=16, max_epochs=1, learning_rate=3e-5, overwrite=True) "
            + "AS SELECT * FROM t",
            "not_supported", name)),
        Refused("CONVERT USING sbert_en OPTIONS (text_col='text', batch_size=16, result_col='r') AS SELECT * FROM t", "not_supported", "SBERTEn"),
        Refused(
            "CONVERT USING clip OPTIONS (image_col='image_path', convert_type='image', batch_size=16) AS SELECT * FROM diet",
            "not_supported", "CLIP"),
        Refused("CONVERT USING xclip OPTIONS (video_col='video_path', convert_type='video') AS SELECT * FROM t", "not_supported", "XCLIP"),
        Refused("BUILD MODEL m USING Light_FM OPTIONS (user_col='userid', item_col='itemid', norm=False, epoch=30) AS SELECT * FROM t",
            "not_supported", "Light_FM"),
        Refused("BUILD MODEL m USING LDAREC OPTIONS (description='d') AS SELECT * FROM t", "not_supported", "LDAREC"),
        Refused(
            "PREDICT USING my_shop OPTIONS (predict_type='user', user_id=31, nrec=10, show=False) AS SELECT * FROM t",
            "not_supported", "Light_FM"),
        Refused("GENERATE USING GPT OPTIONS (task='summary', text_col='review', result_col='r') AS SELECT * FROM t", "not_supported", "GPT"),
        Refused("""
            FUNCTION preprocess.video_to_df 
            OPTIONS (
               method='split', 
               interval=1, 
               result_col='video_split_path', 
               result_dir='video_split_folder'
                )
            FROM 'thanosql-dataset/kinetics700_data/video/1ejgHKw8E3Y.mp4'
            """, "not_supported", "video"),
        Refused("PREPROCESS TEXT USING split OPTIONS (a=1) FROM 'folder'", "not_supported", "PREPROCESS"),

        // 1.3 PRINT
        Runs("PRINT IMAGE\nAS\nSELECT image_path\nFROM product_image_train\nLIMIT 5", "image_path"),
        Runs(
            "PRINT IMAGE OPTIONS (image_column='image_path', base_dir='/home/jovyan') AS (SELECT * FROM product_image_train LIMIT 5)",
            "image_path", "price"),
        Runs(
            "PRINT IMAGE OPTIONS (image_col='image_path') AS (SELECT image_path FROM (PREDICT USING beans_mobilevit "
            + "AS SELECT * FROM beans_test) LIMIT 4)",
            "image_path"),
        Refused("PRINT AUDIO OPTIONS (audio_col='audio_path') AS SELECT * FROM librispeech_train LIMIT 5", "not_supported", "AUDIO"),
        Refused("PRINT VIDEO OPTIONS (video_col='video_path') AS SELECT * FROM kinetics LIMIT 5", "not_supported", "VIDEO"),

        // 2 SEARCH by text, and of texts
        Refused("SEARCH IMAGE text=\"a black cat\"\nUSING tutorial_search_clip\nAS \nSELECT * \nFROM unsplash_data", "not_supported", "CLIP"),
        Refused("""
            SELECT image_path, search_result 
            FROM (
                SEARCH IMAGE 
                USING tutorial_search_clip
                OPTIONS (
                    search_by='text',
                    search_input='a black cat',
                    emb_col='convert_result',
                    result_col='search_result',
                    top_k=5
                    )
                AS 
                SELECT * 
                FROM unsplash_data
                )
            """, "not_supported", "CLIP"),
        Refused("""
            SELECT review, sentiment, json_array_elements(keyword -> 'keyword') AS keywords, json_array_elements(keyword -> 'score') AS score
            FROM (
                SEARCH KEYWORD 
                USING movie_text_search_model
                OPTIONS (
                    text_col='review',
                    use_stopwords=True,
                    threshold=0.5
                    )
                AS 
                SELECT * 
                FROM movie_review_test
                LIMIT 10
                )
            """, "not_supported", "SBERT"),
        Refused(
            "SEARCH TEXT USING movie_text_search_model OPTIONS (search_by='text', search_input='A good movie', emb_col='convert_result') "
            + "AS SELECT * FROM t",
            "not_supported", "SBERT"),
        Refused("SEARCH VIDEO USING xclip OPTIONS (search_by='text', search_input='x', emb_col='convert_result') AS SELECT * FROM t",
            "not_supported", "XCLIP"),
        Refused(
            "SEARCH AUDIO USING m OPTIONS (search_by='audio', search_input='a.wav', emb_col='e') AS SELECT * FROM t",
            "not_supported", "SEARCH AUDIO"),
        Runs("SEARCH IMAGE keyword='사과파이' USING beans_mobilevit AS SELECT * FROM beans_test", "image_path", "label", "search_result"),
    ];

    private static Published Runs(string text, params string[] columns) => new(text, columns, null, "");

    private static Published Refused(string text, string code, string says) => new(text, [], code, says);
}

/// <param name="Text">As published.</param>
/// <param name="Columns">Of its result; none for a statement that prints "Success".</param>
/// <param name="Code">Of its refusal; null when it runs.</param>
/// <param name="Says">What the refusal names.</param>
internal sealed record Published(string Text, string[] Columns, string? Code, string Says);
