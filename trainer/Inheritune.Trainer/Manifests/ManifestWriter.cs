using System.Globalization;
using Inheritune.Api;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Inheritune.Trainer.Manifests;

/// <summary>Writes a recipe with all its defaults, so that a report can be run again.</summary>
public static class ManifestWriter
{
    /// <summary>The manifest as YAML: fields in the order of the resource, text quoted where a plain scalar would not be text, no nulls.</summary>
    public static string ToYaml(InheritRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        var emitter = new Emitter(text);
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(null, null, isImplicit: true));
        Write(emitter, run);
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return text.ToString();
    }

    private static void Write(Emitter emitter, object value)
    {
        switch (value)
        {
            case string written:
                WriteText(emitter, written);
                break;
            case IReadOnlyDictionary<string, string> map:
                WriteMapping(emitter, map.Select(pair => (pair.Key, (object)pair.Value)));
                break;
            case System.Collections.IEnumerable list:
                emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, SequenceStyle.Block));
                foreach (var item in list) Write(emitter, item);
                emitter.Emit(new SequenceEnd());
                break;
            case var node when ResourceSchema.IsObject(node.GetType()):
                WriteMapping(emitter, ResourceSchema.Values(node));
                break;
            case bool flag:
                emitter.Emit(new Scalar(flag ? "true" : "false"));
                break;
            default:
                emitter.Emit(new Scalar(Convert.ToString(value, CultureInfo.InvariantCulture)!));
                break;
        }
    }

    private static void WriteMapping(Emitter emitter, IEnumerable<(string Name, object Value)> fields)
    {
        emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, isImplicit: true, MappingStyle.Block));
        foreach (var (name, value) in fields)
        {
            if (value is System.Collections.IEnumerable list and not string && !list.Cast<object>().Any()) continue;
            WriteText(emitter, name);
            Write(emitter, value);
        }

        emitter.Emit(new MappingEnd());
    }

    private static void WriteText(Emitter emitter, string text)
    {
        var plain = new ScalarNode(new Origin("", 0, ""), text, ScalarForm.Plain);
        var quoted = ManifestScalar.IsNull(plain) || ManifestScalar.IsBoolean(plain) || ManifestScalar.IsNumber(plain) || text.Any(char.IsControl);
        emitter.Emit(new Scalar(null, null, text, quoted ? ScalarStyle.DoubleQuoted : ScalarStyle.Any, isPlainImplicit: true, isQuotedImplicit: true));
    }
}
