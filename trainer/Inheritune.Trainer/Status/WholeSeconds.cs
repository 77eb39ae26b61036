using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Inheritune.Trainer.Status;

/// <summary>Times as Kubernetes writes them: in UTC, to the second.</summary>
internal sealed class WholeSeconds : JsonConverter<DateTimeOffset>
{
    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(Text(value));
}
