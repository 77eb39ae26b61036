using System.ComponentModel;
using System.Reflection;
using System.Text.RegularExpressions;
using Inheritune.Api;

namespace Inheritune.Operator.Tests.Generate;

/// <summary>The policy that limits trainers to their part of the status, and its copy in the chart.</summary>
public sealed class AdmissionPolicyTests
{
    private static readonly string Policy = Read("config/admission/trainer-status.yaml");

    [Fact]
    public void Chart_has_the_same() => Assert.Equal(Policy, Read("charts/inheritune-operator/files/trainer-status.yaml"));

    [Fact]
    public void Fields_of_the_trainer_are_those_that_the_status_says_it_writes()
    {
        var written = ResourceSchema.Fields(typeof(InheritRunStatus))
            .Where(field => field.GetCustomAttribute<DescriptionAttribute>()!.Description.EndsWith("by the trainer.", StringComparison.Ordinal))
            .Select(InheritRunValidator.FieldName).ToArray();
        Assert.NotEmpty(written);
        var list = Regex.Match(Policy, @"field in \[([a-zA-Z', ]+)\]").Groups[1].Value;
        Assert.Equal(written, Regex.Matches(list, "'([^']+)'").Select(name => name.Groups[1].Value));
        var message = Policy[Policy.IndexOf("messageExpression", StringComparison.Ordinal)..];
        Assert.All(written, field => Assert.Contains($"status.{field}", message, StringComparison.Ordinal));
    }

    private static string Read(string file) => File.ReadAllText(Path.Combine(Checkout.Root, file));
}
