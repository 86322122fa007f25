using Google.Protobuf.Reflection;
using ThanoSql.Vision.Classifiers;

namespace ThanoSql.Vision.Onnx;

/// <summary>
/// Counts what a serialised message holds before it is parsed: two bytes on the wire become a hundred in memory, so that a file of some megabytes
/// could take all that there is. Allocates nothing.
/// </summary>
/// <param name="source">For messages.</param>
internal sealed class WireScan(string source)
{
    /// <summary>Messages inside messages; an ordinary model has six levels.</summary>
    public const int MostLevels = 12;

    /// <summary>Messages in all: nodes, attributes, tensors, shapes and their dimensions.</summary>
    public const int MostMessages = 1_000_000;

    /// <summary>Texts and single numbers.</summary>
    public const int MostValues = 4_000_000;

    /// <summary>Bytes of packed integers, each of which may become eight; weights are raw data or packed floats.</summary>
    public const int MostPackedBytes = 64 << 20;

    private int _messages;
    private int _values;
    private long _packed;

    /// <exception cref="ModelFileException">It holds more than an ONNX model of pictures needs.</exception>
    /// <exception cref="FormatException">It is no message of protocol buffers.</exception>
    public static void Check(ReadOnlySpan<byte> file, string source) => new WireScan(source).Message(file, ModelProto.Descriptor, 1);

    private void Message(ReadOnlySpan<byte> bytes, MessageDescriptor type, int level)
    {
        if (level > MostLevels)
            throw TooMuch($"nests its parts more than {MostLevels} deep");
        if (++_messages > MostMessages)
            throw TooMuch($"has more than {MostMessages:N0} parts");
        while (!bytes.IsEmpty)
        {
            var tag = Number(ref bytes);
            var field = type.FindFieldByNumber((int)Math.Min(tag >> 3, int.MaxValue));
            switch (tag & 7)
            {
                case 0:
                    Number(ref bytes);
                    Value();
                    break;
                case 1:
                    Take(ref bytes, 8);
                    Value();
                    break;
                case 2:
                    Content(Take(ref bytes, Number(ref bytes)), field, level);
                    break;
                case 5:
                    Take(ref bytes, 4);
                    Value();
                    break;
                default:
                    throw Damaged();
            }
        }
    }

    private void Content(ReadOnlySpan<byte> bytes, FieldDescriptor? field, int level)
    {
        switch (field?.FieldType)
        {
            case FieldType.Message:
                Message(bytes, field.MessageType, level + 1);
                break;
            case FieldType.Int32 or FieldType.Int64 or FieldType.UInt64 or FieldType.Enum:
                _packed += bytes.Length;
                if (_packed > MostPackedBytes)
                    throw TooMuch($"has more than {MostPackedBytes >> 20} MB of packed integers; weights belong into raw_data");
                break;
            default:
                Value();
                break;
        }
    }

    private void Value()
    {
        if (++_values > MostValues)
            throw TooMuch($"has more than {MostValues:N0} texts and numbers");
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> bytes, ulong count)
    {
        if (count > (ulong)bytes.Length)
            throw Damaged();
        var taken = bytes[..(int)count];
        bytes = bytes[(int)count..];
        return taken;
    }

    private static ulong Number(ref ReadOnlySpan<byte> bytes)
    {
        var number = 0UL;
        for (var i = 0; i < Math.Min(bytes.Length, 10); i++)
        {
            number |= (ulong)(bytes[i] & 0x7F) << (7 * i);
            if (bytes[i] < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return number;
            }
        }
        throw Damaged();
    }

    private static FormatException Damaged() => new("It ends in the middle of a field, or has one of an unknown kind.");

    private ModelFileException TooMuch(string what) =>
        new($"{source} {what}, which no classifier of pictures needs. {ClassifierImport.HowToSimplify}");
}
