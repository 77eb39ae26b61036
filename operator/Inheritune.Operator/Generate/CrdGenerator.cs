using System.ComponentModel;
using System.Reflection;
using Inheritune.Api;
using Inheritune.Operator.Entities;
using k8s.Models;

namespace Inheritune.Operator.Generate;

/// <summary>Makes the CustomResourceDefinition out of the resource's types and their attributes.</summary>
internal static class CrdGenerator
{
    public static V1CustomResourceDefinition Generate() => new()
    {
        ApiVersion = $"{V1CustomResourceDefinition.KubeGroup}/{V1CustomResourceDefinition.KubeApiVersion}",
        Kind = V1CustomResourceDefinition.KubeKind,
        Metadata = new V1ObjectMeta { Name = $"{ApiGroup.Plural}.{ApiGroup.Name}" },
        Spec = new V1CustomResourceDefinitionSpec
        {
            Group = ApiGroup.Name,
            Scope = "Namespaced",
            Names = new V1CustomResourceDefinitionNames
            {
                Kind = ApiGroup.Kind,
                ListKind = $"{ApiGroup.Kind}List",
                Plural = ApiGroup.Plural,
                Singular = ApiGroup.Singular,
                ShortNames = [ApiGroup.ShortName],
                Categories = [ApiGroup.Category],
            },
            Versions =
            [
                new V1CustomResourceDefinitionVersion
                {
                    Name = ApiGroup.Version,
                    Served = true,
                    Storage = true,
                    Schema = new V1CustomResourceValidation { OpenAPIV3Schema = Root() },
                    Subresources = new V1CustomResourceSubresources { Status = new Dictionary<string, object>() },
                    AdditionalPrinterColumns = [.. typeof(V1Alpha1InheritRun).GetCustomAttributes<GenericAdditionalPrinterColumnAttribute>().Select(Column)],
                },
            ],
        },
    };

    private static V1JSONSchemaProps Root()
    {
        var root = SchemaGenerator.Object(typeof(InheritRun));
        root.Description = typeof(InheritRun).GetCustomAttribute<DescriptionAttribute>()!.Description;
        root.Required = ["spec"];
        root.Properties["spec"].XKubernetesValidations = [.. ImmutabilityRules.All, .. InheritRunRules.All.Select(Rule), .. MountRules.All];
        root.Properties["status"] = SchemaGenerator.Object(typeof(InheritRunStatus));
        root.Properties["status"].DefaultProperty = new { phase = nameof(RunPhase.Pending), summary = ConditionReasons.Waiting, conditions = new[] { Waiting } };
        root.Properties["status"].Description = "What the operator and the trainer know about the run. Nobody else writes it.";

        // Of metadata, a schema may restrict the name alone.
        root.Properties["metadata"] = new V1JSONSchemaProps
        {
            Type = "object",
            Properties = new Dictionary<string, V1JSONSchemaProps> { ["name"] = root.Properties["metadata"].Properties["name"] },
        };
        return root;
    }

    /// <summary>What a run says that no operator has seen: none is there, or none that watches its namespace.</summary>
    private static object Waiting { get; } = new
    {
        type = ConditionTypes.Succeeded,
        status = nameof(ConditionStatus.Unknown),
        reason = ConditionReasons.Waiting,
        message = "No operator has taken up the run. One must be there and watch its namespace (--namespace, in the chart watchNamespaces)",
        lastTransitionTime = "1970-01-01T00:00:00Z",
    };

    private static V1ValidationRule Rule(InheritRunRule rule) =>
        new() { FieldPath = rule.Field["spec".Length..], Rule = rule.Cel, Message = rule.Message };

    private static V1CustomResourceColumnDefinition Column(GenericAdditionalPrinterColumnAttribute column) => new()
    {
        Name = column.Name,
        Type = column.Type,
        JsonPath = column.JsonPath,
        Description = column.Description,
        Priority = column.Priority == 0 ? null : column.Priority,
    };
}
