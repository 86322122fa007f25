using System.Text;
using System.Text.Json;
using ThanoSql.Query.Results;

namespace ThanoSql.Tests.Unit.Query;

public class EncodedSizeTests
{
    private static readonly string[] Pieces =
        ["a", "사과", "\"", "\\", "\n", "\u0001", "\u007F", "🍎", "\u2028", "\uFEFF", "</script>", ",", "[", "]", " "];

    private static readonly (uint Type, Func<string, string> Write)[] Types =
    [
        (25, text => text),
        (3802, text => JsonSerializer.Serialize(new[] { text })),
        (1009, text => $"{{{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}}}"),
    ];

    [Fact]
    public async Task No_value_takes_more_of_a_reply_than_was_counted()
    {
        var random = new Random(17);
        for (var i = 0; i < 3_000; i++)
        {
            var (type, write) = Types[random.Next(Types.Length)];
            var text = write(string.Concat(Enumerable.Range(0, random.Next(1, 60)).Select(_ => Pieces[random.Next(Pieces.Length)])));
            var column = new ResultColumn("c", type, type == 1009 ? "text[]" : "text");
            var empty = await SentAsync(new ResultTable([column], [[null]]));

            var sent = await SentAsync(new ResultTable([column], [[text]]));

            var counted = EncodedSize.Of(Encoding.UTF8.GetBytes(text), PostgresTypes.ShapeOf(column));
            (sent - empty + 4).ShouldBeLessThanOrEqualTo((int)counted, $"{type}: {text}");
        }
    }

    [Fact]
    public async Task A_long_result_is_sent_in_pieces_and_reads_as_one()
    {
        var rows = Enumerable.Range(0, 20_000).Select(i => new string?[] { $"행 {i} \"\u0002" }).ToList();
        var pieces = new List<byte[]>();
        using var reply = new JsonStream((piece, _) =>
        {
            pieces.Add(piece.ToArray());
            return ValueTask.CompletedTask;
        });

        await PandasSplit.WriteAsync(reply, new ResultTable([new ResultColumn("c", 25, "text")], rows));
        await reply.CompleteAsync();

        pieces.Count.ShouldBeGreaterThan(5);
        pieces.Max(p => p.Length).ShouldBeLessThan(400_000);
        using var split = JsonDocument.Parse(JsonSerializer.Deserialize<string>(pieces.SelectMany(p => p).ToArray())!);
        var data = split.RootElement.GetProperty("data");
        data.GetArrayLength().ShouldBe(rows.Count);
        data[19_999][0].GetString().ShouldBe(rows[^1][0]);
    }

    private static async Task<int> SentAsync(ResultTable table)
    {
        var length = 0;
        using var reply = new JsonStream((piece, _) =>
        {
            length += piece.Length;
            return ValueTask.CompletedTask;
        });
        await PandasSplit.WriteAsync(reply, table);
        await reply.CompleteAsync();
        return length;
    }
}
