namespace ThanoSql.Tests.Unit.Language;

/// <summary>Statements of the published tutorials and manuals, letter by letter.</summary>
internal static class Dialect
{
    public const string GetDataset = """
        GET THANOSQL DATASET diet_data
        OPTIONS (overwrite=True)

        """;

    public const string CopyOld = """
        COPY diet 
        OPTIONS (overwrite=True)
        FROM "thanosql-dataset/diet_data/diet.csv"
        """;

    public const string CopyNew = """
        COPY diet 
        OPTIONS (if_exists='replace')
        FROM 'thanosql-dataset/diet_data/diet.csv'
        """;

    public const string BuildOld = """
        BUILD MODEL diet_image_classification
        USING ConvNeXt_Tiny
        OPTIONS (
            image_col='image_path', 
            label_col='label', 
            epochs=1,
            overwrite=True
            )
        AS 
        SELECT *
        FROM diet
        """;

    public const string BuildNew = """
        BUILD MODEL diet_image_classification
        USING ConvNeXt_Tiny
        OPTIONS (
            image_col='image_path', 
            label_col='label', 
            max_epochs=1,
            overwrite=True
            )
        AS 
        SELECT *
        FROM diet
        """;

    public const string PredictOld = """
        PREDICT USING diet_image_classification
        AS 
        SELECT *
        FROM diet
        """;

    public const string PredictNew = """
        PREDICT USING diet_image_classification
        OPTIONS (
            image_col='image_path',
            result_col='predict_result'
            )
        AS 
        SELECT *
        FROM diet
        """;

    public const string JoinOld = """
        SELECT A.image_path, A.label, B.predicted 
        FROM diet A
        LEFT JOIN (
            SELECT * 
            FROM (PREDICT USING diet_image_classification 
            AS SELECT * FROM diet)) B 
        ON A.image_path = B.image_path
        WHERE A.label = B.predicted
        AND A.label LIKE '사과파이'
        LIMIT 10
        """;

    public const string WhereNew = """
        SELECT *
        FROM (
            PREDICT USING diet_image_classification
            AS
            SELECT *
            FROM diet
            )
        WHERE label=predict_result
        AND label LIKE '사과파이'
        LIMIT 10
        """;

    public const string Evaluate = """
        EVALUATE USING titanic_automl_classification 
        OPTIONS (
            target_col='survived'
            )
        AS
        SELECT *
        FROM titanic_train
        """;

    public const string PredictRandom = """
        PREDICT
        USING beans_mobilevit
        AS
        SELECT *
        FROM beans_test
        ORDER BY RANDOM()
        LIMIT 5
        """;

    public const string Fit = """
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
        """;

    public const string GetModel = """
        GET THANOSQL MODEL tutorial_product_classifier
        OPTIONS (overwrite=True)
        AS tutorial_product_classifier
        """;

    public const string Upload = """
        UPLOAD MODEL beans_mobilevit
        OPTIONS (overwrite=True, framework="pytorch")
        FROM "test/udm_tutorial/trained_model.pth"
        """;

    public const string Print = """
        PRINT IMAGE
        AS
        SELECT image_path
        FROM product_image_train
        LIMIT 5
        """;

    public const string CreateTableAsConvert = """
        CREATE TABLE mnist_test_convert_en AS 
        SELECT * FROM ( 
            CONVERT USING my_image_search_model
            OPTIONS (
                image_col='image_path',
                result_col='convert_result'
                )
            AS 
            SELECT * 
            FROM mnist_test
        )
        """;

    public const string Function = """
        FUNCTION preprocess.video_to_df 
        OPTIONS (
           method='split', 
           interval=1, 
           result_col='video_split_path', 
           result_dir='video_split_folder'
            )
        FROM 'thanosql-dataset/kinetics700_data/video/1ejgHKw8E3Y.mp4'
        """;

    public const string SearchByImageOld = """
        SEARCH IMAGE images='thanosql-dataset/mnist_data/test/923.jpg' 
        USING my_image_search_model 
        AS
        SELECT * 
        FROM mnist_test
        """;

    public const string SearchByTextOld = """
        SEARCH IMAGE text="a black cat"
        USING tutorial_search_clip
        AS 
        SELECT * 
        FROM unsplash_data
        """;

    public const string PrintSearch = """
        PRINT IMAGE 
        AS (
            SELECT image_path, my_image_search_model_simclr_similarity1 
            FROM (
                SEARCH IMAGE images='thanosql-dataset/mnist_data/test/923.jpg' 
                USING my_image_search_model 
                AS 
                SELECT * 
                FROM mnist_test
                )
            ORDER BY my_image_search_model_simclr_similarity1 DESC 
            LIMIT 4
            )
        """;

    public const string SearchMiddle = """
        SEARCH IMAGE image='thanosql-dataset/mnist_data/test/923.jpg' 
        USING my_image_search_model 
        OPTIONS (
            emb_col="convert_result",
            column_name="search_result"
            )
        AS
        SELECT * 
        FROM mnist_test
        """;

    public const string SearchNew = """
        SEARCH IMAGE
        USING my_image_search_model
        OPTIONS (
            search_by='image',
            search_input='thanosql-dataset/mnist_data/test/923.jpg',
            emb_col='convert_result',
            result_col='search_result'
            )
        AS
        SELECT * 
        FROM mnist_test
        """;

    public const string SearchNested = """
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
        """;

    public const string SearchKeyword = """
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
        """;
}
