using System.Reflection;
using Inheritune.Api;
using Inheritune.Trainer.Manifests;

namespace Inheritune.Trainer.Quickstart;

/// <summary>The sample manifests of the quickstart and the reference model that is shipped with the program.</summary>
public static class QuickstartManifests
{
    /// <summary>Folder of the shipped reference.</summary>
    public static string ReferenceFolder => Path.Combine(AppContext.BaseDirectory, "Quickstart", "reference");

    /// <summary>Reads <c>config/samples/quickstart-NAME.yaml</c>, which is embedded, for an output folder.</summary>
    public static InheritRun Read(string name, string folder)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"quickstart-{name}.yaml")
            ?? throw new ArgumentException($"no such sample: {name}", nameof(name));
        using var reader = new StreamReader(stream);
        return ManifestReader.Parse(reader.ReadToEnd(), $"quickstart-{name}.yaml", folder,
        [
            $"reference.uri={ReferenceFolder}",
            $"dataset.uri={Path.Combine(folder, "text", ReferenceDocumentation.TrainingFile)}",
            $"dataset.validationUri={Path.Combine(folder, "text", ReferenceDocumentation.ValidationFile)}",
            $"output.uri={Path.Combine(folder, name)}",
        ]);
    }
}
