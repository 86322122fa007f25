using ThanoSql.Fuzz;
using ThanoSql.Fuzz.Files;
using ThanoSql.Fuzz.Statements;

if (FuzzOptions.Parse(args) is not { } options)
    return 2;
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = true;
    stop.Cancel();
};
return await FuzzRun.RunAsync(
    options,
    [
        new TargetChoice("statements", 4, () => new StatementTarget()),
        new TargetChoice("http", 3, () => new HttpTarget(options)),
        new TargetChoice("onnx", 1, () => new OnnxTarget()),
        new TargetChoice("jpeg", 1, () => new PictureTarget(PictureSeeds.Jpeg)),
        new TargetChoice("png", 1, () => new PictureTarget(PictureSeeds.Png)),
        new TargetChoice("webp", 1, () => new PictureTarget(PictureSeeds.WebP)),
        new TargetChoice("others", 1, () => new PictureTarget(PictureSeeds.Others)),
        new TargetChoice("safetensors", 1, () => new SafeTensorsTarget()),
        new TargetChoice("yaml", 1, () => new YamlTarget()),
        new TargetChoice("events", 1, () => new EventTarget()),
    ],
    stop.Token);
