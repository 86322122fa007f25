using System.Globalization;
using Spectre.Console;

namespace ThanoSql.Benchmarks.Accuracy;

/// <summary>Prints what <see cref="AccuracyBenchmark"/> measured.</summary>
internal static class AccuracyTables
{
    /// <param name="rows">The teacher first, where there is one.</param>
    public static void Write(IReadOnlyList<Figures> rows, PhotographSets sets)
    {
        Accuracy(rows, sets);
        Few(rows);
        Calibration(rows);
    }

    private static void Accuracy(IReadOnlyList<Figures> rows, PhotographSets sets)
    {
        var table = new Table { Title = new("Right answers (95 % interval by bootstrap)") }.AddColumns(
            "features", $"groceries, {sets.Coarse.Values.Distinct().Count()} coarse", $"{sets.Test.Labels.Distinct().Count()} fine",
            $"foods, {sets.Foods.Labels.Distinct().Count()} groups, 5-fold", "nearest grocery is alike, fine", "nearest food is alike");
        foreach (var row in rows)
        {
            table.AddRow(
                row.Name, Show(row.Coarse), Show(row.Fine), Show(row.Foods), Show(row.NearestFine), Show(row.NearestFood));
        }
        foreach (var row in rows.Skip(1))
        {
            var first = rows[0];
            table.AddRow(
                $"{row.Name} / {first.Name}", Ratio(row.Coarse, first.Coarse), Ratio(row.Fine, first.Fine), Ratio(row.Foods, first.Foods),
                Show(row.NearestFine / first.NearestFine), Show(row.NearestFood / first.NearestFood));
        }
        AnsiConsole.Write(table);
    }

    private static void Few(IReadOnlyList<Figures> rows)
    {
        var table = new Table { Title = new("Right answers with few pictures a label (mean of draws, its 95 % interval), log loss") }
            .AddColumns("features", "pictures a label", "groceries, fine", "log loss", "foods", "log loss");
        foreach (var row in rows)
        {
            foreach (var few in row.Few)
            {
                table.AddRow(
                    row.Name, few.Rows.ToString(CultureInfo.InvariantCulture), OfDraws(few.Fine), LossOf(few.Fine), OfDraws(few.Foods),
                    LossOf(few.Foods));
            }
        }
        AnsiConsole.Write(table);
    }

    private static void Calibration(IReadOnlyList<Figures> rows)
    {
        var table = new Table { Title = new("Scores as probabilities, as fitted → with temperature") }.AddColumns(
            "features", "set", "log loss", "expected calibration error", "of a calibrated head, one in ten is above");
        foreach (var row in rows)
        {
            foreach (var (set, figures) in (ReadOnlySpan<(string, HeadFigures)>)
                [("groceries, coarse", row.Coarse), ("groceries, fine", row.Fine), ("foods", row.Foods)])
            {
                var (fitted, calibrated) = figures;
                table.AddRow(
                    row.Name, set, $"{Show(fitted.LogLoss)} → {Show(calibrated.LogLoss)}",
                    $"{Show(fitted.CalibrationError)} → {Show(calibrated.CalibrationError)}", Show(calibrated.CalibrationErrorByChance));
            }
        }
        AnsiConsole.Write(table);
    }

    private static string Show(double value) => value.ToString("F3", CultureInfo.InvariantCulture);

    private static string Show(HeadFigures figures) => Interval.Of(figures.Fitted).ToString();

    private static string Ratio(HeadFigures figures, HeadFigures first) => Show(figures.Fitted.Accuracy / first.Fitted.Accuracy);

    private static string OfDraws(IReadOnlyList<HeadFigures> draws) => Interval.Of([.. draws.Select(d => d.Fitted.Accuracy)]).ToString();

    private static string LossOf(IReadOnlyList<HeadFigures> draws) =>
        $"{Show(draws.Average(d => d.Fitted.LogLoss))} → {Show(draws.Average(d => d.Calibrated.LogLoss))}";
}
