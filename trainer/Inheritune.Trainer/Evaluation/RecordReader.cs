using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Inheritune.Trainer.Checkpoints;
using Microsoft.VisualBasic.FileIO;
using Parquet.Serialization;

namespace Inheritune.Trainer.Evaluation;

/// <summary>Reads a file of JSON lines, of Parquet, or of MMLU's CSV (question, four answers, letter; no heading) into records.</summary>
internal static class RecordReader
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="RunException">The file is damaged; file and line are named.</exception>
    public static IEnumerable<DataRecord> Read(TaskFile file) => Path.GetExtension(file.Info.Key).ToLowerInvariant() switch
    {
        ".parquet" => Parquet(file),
        ".csv" => Csv(file),
        _ => JsonLines(file),
    };

    public static IEnumerable<DataRecord> JsonLines(TaskFile file)
    {
        var number = 0;
        using var stream = file.Store.OpenRead(file.Info.Key);
        using var reader = new StreamReader(stream, Utf8);
        while (true)
        {
            number++;
            JsonObject json;
            try
            {
                if (reader.ReadLine() is not { } line) yield break;
                if (string.IsNullOrWhiteSpace(line)) continue;
                json = JsonNode.Parse(line) as JsonObject ?? throw new JsonException("it holds no JSON object");
            }
            catch (Exception e) when (e is JsonException or DecoderFallbackException)
            {
                throw Bad(Place(file, "line", number), e);
            }

            yield return new DataRecord(json, Place(file, "line", number));
        }
    }

    private static IEnumerable<DataRecord> Csv(TaskFile file)
    {
        using var stream = file.Store.OpenRead(file.Info.Key);
        using var parser = new TextFieldParser(stream, Utf8) { TextFieldType = FieldType.Delimited, Delimiters = [","], HasFieldsEnclosedInQuotes = true, TrimWhiteSpace = false };
        while (!parser.EndOfData)
        {
            var place = Place(file, "line", parser.LineNumber);
            string[] fields;
            try
            {
                fields = parser.ReadFields()!;
            }
            catch (Exception e) when (e is MalformedLineException or DecoderFallbackException)
            {
                throw Bad(place, e);
            }

            if (fields.Length != 6) throw new RunException(ExitCode.InvalidInput, $"{place} has {fields.Length} fields; MMLU's have six: question, four answers, letter of the right one");
            yield return new DataRecord(new JsonObject { ["question"] = fields[0], ["choices"] = new JsonArray([.. fields[1..5].Select(text => JsonValue.Create(text))]), ["answer"] = fields[5] }, place);
        }
    }

    private static IEnumerable<DataRecord> Parquet(TaskFile file)
    {
        IReadOnlyList<JsonObject> rows;
        try
        {
            // Parquet begins with its end, so the file must be seekable.
            using var content = new MemoryStream(Checkpoint.ReadAll(file.Store, file.Info.Key));
            rows = [.. ParquetSerializer.DeserializeUntypedAsync(content).GetAwaiter().GetResult().Data.Select(row => (JsonObject)Node(row)!)];
        }
        // The library tells of a damaged file by whatever it stumbles over.
        catch (Exception e) when (e is not RunException)
        {
            throw new RunException(ExitCode.InvalidInput, $"{file.Name}: cannot be read as Parquet ({e.Message.TrimEnd('.')}); fetch the file again", e);
        }

        return rows.Select((row, index) => new DataRecord(row, Place(file, "row", index + 1)));
    }

    private static JsonNode? Node(object? value) => value switch
    {
        null => null,
        string text => JsonValue.Create(text),
        ReadOnlyMemory<char> text => JsonValue.Create(text.ToString()),
        bool flag => JsonValue.Create(flag),
        IDictionary<string, object?> fields => new JsonObject(fields.Select(field => KeyValuePair.Create(field.Key, Node(field.Value)))),
        byte[] => null,
        IEnumerable list => new JsonArray([.. list.Cast<object?>().Select(Node)]),
        IConvertible number => JsonNode.Parse(Convert.ToString(number, CultureInfo.InvariantCulture)!),
        _ => null,
    };

    private static string Place(TaskFile file, string unit, long number) => string.Create(CultureInfo.InvariantCulture, $"{file.Name}: {unit} {number}");

    private static RunException Bad(string place, Exception e) =>
        new(ExitCode.InvalidInput, $"{place} cannot be read ({e.Message.TrimEnd('.')}); correct or remove it", e);
}
