namespace ThanoSql.Vision.Heads;

/// <summary>Answers beside the truth, as numbers: what a <see cref="Bootstrap"/> goes over again and again.</summary>
public sealed class JudgedAnswers
{
    private readonly int[] _truth;
    private readonly int[] _answers;
    private readonly int _labels;

    private JudgedAnswers(int[] truth, int[] answers, int labels) => (_truth, _answers, _labels) = (truth, answers, labels);

    public int Rows => _truth.Length;

    /// <exception cref="ArgumentException">Not as many answers as rows.</exception>
    public static JudgedAnswers Of(IReadOnlyList<string> truth, IReadOnlyList<string> answers)
    {
        if (truth.Count != answers.Count)
            throw new ArgumentException($"{truth.Count} rows and {answers.Count} answers cannot be compared.", nameof(answers));
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        return new([.. truth.Select(Number)], [.. answers.Select(Number)], numbers.Count);

        int Number(string label)
        {
            if (!numbers.TryGetValue(label, out var number))
                numbers[label] = number = numbers.Count;
            return number;
        }
    }

    /// <summary>As <see cref="Evaluation"/> defines them, over the labels that occur among the rows that are there.</summary>
    /// <param name="counts">[rows]: how often each row is there; at least one is.</param>
    public Rates RatesOf(ReadOnlySpan<int> counts)
    {
        var (support, answered, right) = (new int[_labels], new int[_labels], new int[_labels]);
        for (var i = 0; i < counts.Length; i++)
        {
            var (truth, answer, count) = (_truth[i], _answers[i], counts[i]);
            support[truth] += count;
            answered[answer] += count;
            if (truth == answer)
                right[truth] += count;
        }
        var (seen, rows, hits, precision, recall, f1) = (0, 0, 0, 0.0, 0.0, 0.0);
        for (var k = 0; k < _labels; k++)
        {
            if (support[k] + answered[k] == 0)
                continue;
            (seen, rows, hits) = (seen + 1, rows + support[k], hits + right[k]);
            precision += answered[k] == 0 ? 0 : (double)right[k] / answered[k];
            recall += support[k] == 0 ? 0 : (double)right[k] / support[k];
            f1 += 2.0 * right[k] / (support[k] + answered[k]);
        }
        return new((double)hits / rows, precision / seen, recall / seen, f1 / seen);
    }
}

/// <summary>The rates of an <see cref="Evaluation"/>, 0 to 1.</summary>
public readonly record struct Rates(double Accuracy, double MacroPrecision, double MacroRecall, double MacroF1);
