using System.CommandLine;
using System.Text.Json;
using k8s;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;
using YamlDotNet.Serialization;

namespace Inheritune.Operator.Generate;

/// <summary><c>generate crd|rbac</c>: the files under <c>config/</c> that follow from the code.</summary>
internal sealed class GenerateCommand : Command
{
    private static readonly ISerializer Serializer = new SerializerBuilder().WithQuotingNecessaryStrings().WithNewLine("\n").DisableAliases().Build();

    public GenerateCommand()
        : base("generate", "Writes the manifests that follow from the operator's code, as YAML. The same code gives the same bytes.")
    {
        Add(new Part("crd", """
            Writes the CustomResourceDefinition of InheritRun: schema, defaults, validation rules and columns, from the types in Inheritune.Api.

            Example: generate crd | kubectl apply -f -
            """, () => [CrdGenerator.Generate()]));
        Add(new Part("rbac", """
            Writes the operator's ServiceAccount with its roles, which have no verb on Secrets, and the roles inheritune-view and
            inheritune-edit, which extend Kubernetes' own roles view, edit and admin to runs.

            Example: generate rbac --output config/rbac/rbac.yaml
            """, RbacGenerator.Generate));
    }

    /// <summary>The text of a file under <c>config/</c>.</summary>
    internal static string Yaml(string part, IEnumerable<object> documents) =>
        $"# Written by: inheritune-operator generate {part}\n---\n" + string.Join("---\n", documents.Select(Yaml));

    /// <summary>By way of JSON, where 1.0 is 1, as the API server gives it back.</summary>
    private static string Yaml(object document) => Serializer.Serialize(Plain(JsonDocument.Parse(KubernetesJson.Serialize(document)).RootElement));

    private static object Plain(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => json.EnumerateObject().ToDictionary(field => field.Name, field => Plain(field.Value)),
        JsonValueKind.Array => json.EnumerateArray().Select(Plain).ToList(),
        // YAML would take it for a time, which JSON has not.
        JsonValueKind.String when json.TryGetDateTime(out _) => new YamlScalarNode(json.GetString()) { Style = ScalarStyle.DoubleQuoted },
        JsonValueKind.String => json.GetString()!,
        JsonValueKind.Number => json.GetInt64(),
        _ => json.GetBoolean(),
    };

    private sealed class Part : Command
    {
        private readonly Option<FileInfo?> _output = new("--output", "-o") { Description = "file to write. Default: standard output" };

        public Part(string name, string description, Func<IReadOnlyList<object>> documents)
            : base(name, description)
        {
            Add(_output);
            SetAction(arguments => Write(Yaml(name, documents()), arguments.GetValue(_output)));
        }

        private static int Write(string text, FileInfo? file)
        {
            try
            {
                if (file is null) Console.Out.Write(text);
                else File.WriteAllText(file.FullName, text);
                return 0;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Console.Error.WriteLine($"error: {file?.ToString() ?? "standard output"}: {e.Message}");
                return 1;
            }
        }
    }
}
