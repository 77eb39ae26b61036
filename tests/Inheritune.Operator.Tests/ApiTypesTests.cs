using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Inheritune.Api;

namespace Inheritune.Operator.Tests;

/// <summary>Every field is described and bounded, so that the CRD can be generated from the types.</summary>
public sealed class ApiTypesTests
{
    public static TheoryData<string, string> Fields
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var type in All)
                foreach (var property in type.GetProperties()) data.Add(type.Name, property.Name);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Fields))]
    public void Field_is_described_and_bounded(string typeName, string propertyName)
    {
        var property = typeof(InheritRun).Assembly.GetType($"Inheritune.Api.{typeName}")!.GetProperty(propertyName)!;
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        Assert.False(string.IsNullOrWhiteSpace(property.GetCustomAttribute<DescriptionAttribute>()?.Description), "has no Description");
        Assert.EndsWith(".", property.GetCustomAttribute<DescriptionAttribute>()!.Description);

        // A rule fixes the values of apiVersion and kind; the rest of the metadata is Kubernetes' business.
        if (typeName == nameof(InheritRun) || ResourceSchema.IsMap(type) && typeName == nameof(ObjectMeta)) return;
        var item = ResourceSchema.IsMap(type) ? typeof(string) : ResourceSchema.ItemOf(type);
        if (type == typeof(int) || type == typeof(long)) Assert.True(property.IsDefined(typeof(RangeAttribute)), "has no Range");
        if ((item ?? type) == typeof(string)) Assert.True(property.IsDefined(typeof(StringLengthAttribute)), "has no StringLength");
        if (item is not null) Assert.True(property.IsDefined(typeof(MaxLengthAttribute)), "has no MaxLength");
        Assert.NotEqual(typeof(float), type);
        Assert.NotEqual(typeof(double), type);
    }

    [Fact]
    public void All_specs_and_the_status_are_reached()
    {
        Assert.Contains(typeof(Toleration), All);
        Assert.Contains(typeof(RunCondition), All);
        Assert.Contains(typeof(RunLoss), All);
        Assert.Equal(42, All.Count);
    }

    [Fact]
    public void Only_three_fields_may_change() =>
        Assert.Equal(["ActiveDeadlineSeconds", "Suspend", "TtlSecondsAfterFinished"], All.SelectMany(type => type.GetProperties()).Where(p => p.IsDefined(typeof(MutableAttribute))).Select(p => p.Name).Order());

    private static IReadOnlyList<Type> All { get; } = [.. new[] { typeof(InheritRun), typeof(InheritRunStatus) }.SelectMany(Reachable).Distinct()];

    private static IEnumerable<Type> Reachable(Type type) =>
        (ResourceSchema.ItemOf(type) ?? type) is var own && ResourceSchema.IsObject(own) ? own.GetProperties().SelectMany(property => Reachable(property.PropertyType)).Prepend(own) : [];
}
