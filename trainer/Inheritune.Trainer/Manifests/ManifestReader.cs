using System.Text;
using Inheritune.Api;
using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Manifests;

/// <summary>Reads an <see cref="InheritRun"/> from YAML and reports everything that is wrong with it at once.</summary>
public static class ManifestReader
{
    /// <summary>What an API server takes is smaller; a larger file is not a manifest.</summary>
    private const long MaxBytes = 1 << 20;

    /// <summary>Reads a manifest. Relative paths in it are relative to its folder.</summary>
    /// <param name="yamlPath">The file.</param>
    /// <param name="overrides">Values of <c>--set</c>, such as <c>training.steps=100</c>; their relative paths are relative to the current directory.</param>
    /// <exception cref="RunException">Names every problem with file, line, field, value and remedy.</exception>
    public static InheritRun Read(string yamlPath, IReadOnlyList<string> overrides)
    {
        ArgumentNullException.ThrowIfNull(yamlPath);
        return Parse(ReadText(yamlPath), yamlPath, Path.GetDirectoryName(Path.GetFullPath(yamlPath)) ?? "/", overrides);
    }

    /// <summary>Reads a manifest from text.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="sourceName">Its name in messages.</param>
    /// <param name="baseFolder">Base of the relative paths in it.</param>
    /// <param name="overrides">As for <see cref="Read"/>.</param>
    public static InheritRun Parse(string yaml, string sourceName, string baseFolder, IReadOnlyList<string> overrides)
    {
        ArgumentNullException.ThrowIfNull(yaml);
        ArgumentNullException.ThrowIfNull(overrides);
        var problems = new List<ManifestProblem>();
        var root = ManifestTree.Load(yaml, sourceName, baseFolder, problems);
        RequireKind(root);
        ManifestOverrides.Apply(root, overrides, problems);

        var binder = new ManifestBinder(problems);
        var run = binder.Bind(root);
        // Rules over several fields would misjudge fields that could not be read.
        var broken = problems.Count == 0 ? InheritRunValidator.Validate(run) : InheritRunValidator.ValidateFields(run);
        problems.AddRange([.. broken.Where(error => !problems.Exists(problem => problem.Covers(error.Field))).Select(error => new ManifestProblem(binder.OriginOf(error.Field), error))]);
        if (problems.Count > 0)
            throw new RunException(ExitCode.InvalidInput, string.Join(Environment.NewLine, problems.OrderBy(problem => problem.Origin.Line)));

        binder.ResolveUris(run);
        return run;
    }

    /// <summary>Another kind of document would have every field wrong, so only this is said about it.</summary>
    private static void RequireKind(MappingNode root)
    {
        foreach (var (name, expected) in new[] { ("apiVersion", ApiGroup.ApiVersion), ("kind", ApiGroup.Kind) })
        {
            var node = root.Fields.TryGetValue(name, out var entry) ? entry.Value : null;
            var value = (node as ScalarNode)?.Text ?? "";
            if (value == expected) continue;
            var error = new FieldError(name, InheritRunValidator.Display(value), node is null ? $"is required; write {name}: {expected}" : $"must be {expected}");
            throw new RunException(ExitCode.InvalidInput, new ManifestProblem(node?.Origin ?? root.Origin, error).ToString());
        }
    }

    private static string ReadText(string path)
    {
        try
        {
            if (Directory.Exists(path)) throw new RunException(ExitCode.InvalidInput, $"{path}: is a folder; name the YAML file in it");
            if (new FileInfo(path) is { Exists: true, Length: > MaxBytes }) throw new RunException(ExitCode.InvalidInput, $"{path}: is larger than 1 MiB, which no manifest is; name the YAML file of the run");
            using var reader = new StreamReader(path, new UTF8Encoding(false, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: false);
            // Without detection the reader leaves the byte order mark of UTF-8 in the text.
            return reader.ReadToEnd().TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException e)
        {
            throw new RunException(ExitCode.InvalidInput, $"{path}: is not UTF-8 text; save it as UTF-8", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileStore.Translate(path, e);
        }
    }
}
