using System.Collections.Frozen;

namespace ThanoSql.Language.Parsing;

/// <summary>One line per statement that shows how it is written.</summary>
internal static class Usages
{
    private static readonly FrozenDictionary<string, string> Lines = new Dictionary<string, string>
    {
        ["BUILD MODEL"] = "BUILD MODEL my_model USING ConvNeXt_Tiny OPTIONS (image_col='image_path', label_col='label') AS SELECT * FROM my_table",
        ["FIT MODEL"] = "FIT MODEL my_model USING my_first_model OPTIONS (image_col='image_path', label_col='label') AS SELECT * FROM my_table",
        ["UPLOAD MODEL"] = "UPLOAD MODEL my_model OPTIONS (overwrite=True) FROM 'folder/model.onnx'",
        ["DELETE MODEL"] = "DELETE MODEL my_model",
        ["PREDICT"] = "PREDICT USING my_model OPTIONS (result_col='predict_result') AS SELECT * FROM my_table",
        ["EVALUATE"] = "EVALUATE USING my_model OPTIONS (image_col='image_path', label_col='label') AS SELECT * FROM my_table",
        ["CONVERT"] = "CONVERT USING my_model OPTIONS (result_col='convert_result') AS SELECT * FROM my_table",
        ["TRANSFORM"] = "TRANSFORM USING my_model AS SELECT * FROM my_table",
        ["GENERATE"] = "GENERATE USING my_model OPTIONS (text_col='text') AS SELECT * FROM my_table",
        ["SEARCH"] = "SEARCH IMAGE keyword='apple' USING my_model OPTIONS (top_k=20) AS SELECT * FROM my_table",
        ["FUNCTION"] = "FUNCTION compute.similarity OPTIONS (top_k=1) AS SELECT * FROM my_table",
        ["PRINT"] = "PRINT IMAGE OPTIONS (image_col='image_path') AS SELECT image_path FROM my_table LIMIT 5",
        ["PREPROCESS"] = "PREPROCESS IMAGE USING my_method FROM 'folder'",
        ["COPY"] = "COPY my_table OPTIONS (if_exists='replace') FROM 'folder/rows.csv'",
        ["LIST"] = "LIST TABLE, LIST MODEL, LIST THANOSQL MODEL or LIST THANOSQL DATASET",
        ["GET"] = "GET THANOSQL DATASET diet_data or GET THANOSQL MODEL convnext",
        ["GET THANOSQL DATASET"] = "GET THANOSQL DATASET diet_data OPTIONS (overwrite=True)",
        ["GET THANOSQL MODEL"] = "GET THANOSQL MODEL convnext OPTIONS (model_name='my_model', overwrite=True)",
        ["CREATE TABLE USING"] = "CREATE TABLE my_table USING my_model OPTIONS (data_type='image') FROM 'folder'",
    }.ToFrozenDictionary();

    public static string Of(string verb) => Lines[verb];
}
