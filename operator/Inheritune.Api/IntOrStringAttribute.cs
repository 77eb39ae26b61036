using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Inheritune.Api;

/// <summary>Text that may also be written as a whole number, as quantities may everywhere in Kubernetes.</summary>
/// <param name="minimum">The least number.</param>
/// <param name="maximum">The greatest number.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class IntOrStringAttribute(int minimum, int maximum) : JsonConverterAttribute
{
    public int Minimum { get; } = minimum;

    public int Maximum { get; } = maximum;

    public override JsonConverter CreateConverter(Type typeToConvert) => new Converter();

    private sealed class Converter : JsonConverter<string>
    {
        public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Number ? reader.GetInt64().ToString(CultureInfo.InvariantCulture) : reader.GetString();

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options)
        {
            ArgumentNullException.ThrowIfNull(writer);
            writer.WriteStringValue(value);
        }
    }
}
