using System.Text.Json;
using System.Text.Json.Serialization;

namespace Inheritune.Trainer;

/// <summary>JSON has no number for NaN and infinity: both become null, which is read as NaN.</summary>
internal sealed class FiniteNumber : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => typeToConvert == typeof(double) || typeToConvert == typeof(double?);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) => typeToConvert == typeof(double) ? new Number() : new OptionalNumber();

    /// <summary>Earlier versions wrote a word, such as "NaN".</summary>
    private static double Read(ref Utf8JsonReader reader) => reader.TokenType is JsonTokenType.Null or JsonTokenType.String ? double.NaN : reader.GetDouble();

    private static void Write(Utf8JsonWriter writer, double? value)
    {
        if (value is { } number && double.IsFinite(number)) writer.WriteNumberValue(number);
        else writer.WriteNullValue();
    }

    private sealed class Number : JsonConverter<double>
    {
        public override bool HandleNull => true;

        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => FiniteNumber.Read(ref reader);

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) => FiniteNumber.Write(writer, value);
    }

    private sealed class OptionalNumber : JsonConverter<double?>
    {
        public override bool HandleNull => true;

        public override double? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => FiniteNumber.Read(ref reader);

        public override void Write(Utf8JsonWriter writer, double? value, JsonSerializerOptions options) => FiniteNumber.Write(writer, value);
    }
}
