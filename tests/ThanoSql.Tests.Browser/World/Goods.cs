using System.Globalization;
using ThanoSql.Tests.Browser.Pictures;

namespace ThanoSql.Tests.Browser.World;

/// <summary>What the shop sells: a picture, and what its row says. The same each time.</summary>
/// <param name="Label">What the picture shows.</param>
/// <param name="Number">Of the picture, within the label.</param>
internal sealed record Goods(string Label, int Number)
{
    public const int OfLabel = 20;

    private static readonly string[][] Names =
    [
        ["나주 신고배 3입", "청송 부사 사과", "제주 하우스감귤 2kg", "샤인머스캣 500g", "성주 참외 5입", "애플망고 2입", "황금향 선물세트"],
        ["아삭 청상추", "깻잎 30장", "시금치 한 단", "유기농 케일", "봄동 배추", "쌈채소 모둠"],
        ["햇찹쌀 1kg", "현미 2kg", "찰보리 800g", "기장쌀 500g", "귀리 1kg"],
        ["손질 고등어", "제주 은갈치", "자반 삼치", "반건조 민어", "참돔 한 마리"],
        ["구운 아몬드", "호두 반태", "캐슈넛 300g", "피칸 200g", "햇땅콩 500g"],
        ["표고버섯 300g", "새송이버섯", "양송이 한 팩", "느타리버섯", "노루궁뎅이버섯"],
    ];

    public static IEnumerable<Goods> All =>
        StillLife.Labels.SelectMany(label => Enumerable.Range(1, OfLabel).Select(number => new Goods(label, number)));

    public string Path => string.Create(CultureInfo.InvariantCulture, $"products/{LabelIndex + 1}-{Number:000}.jpg");

    public string Name => Names[LabelIndex][Number % Names[LabelIndex].Length];

    /// <summary>In won: 2,900 to 23,450.</summary>
    public int Price => 2900 + 1370 * (7 * LabelIndex + 3 * Number) % 20_550;

    public bool IsOrganic => Number % 3 == 0;

    public DateTime CreatedAt => new DateTime(2026, 11, 28, 14, 2, 0, DateTimeKind.Utc).AddHours(-5 * Number - LabelIndex);

    /// <summary>Whether the model learns from it.</summary>
    public bool IsExample => Number <= 8;

    public byte[] Picture() => StillLife.Of(Label, Number);

    private int LabelIndex => Array.IndexOf(StillLife.Labels, Label);
}
