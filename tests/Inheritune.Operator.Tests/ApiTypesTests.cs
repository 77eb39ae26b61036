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
            foreach (var type in Reachable(typeof(InheritRun)).Distinct())
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

        // A rule fixes the values of apiVersion and kind.
        if (typeName == nameof(InheritRun)) return;
        if (type == typeof(int) || type == typeof(long)) Assert.True(property.IsDefined(typeof(RangeAttribute)), "has no Range");
        if (type == typeof(string) || type == typeof(IReadOnlyList<string>)) Assert.True(property.IsDefined(typeof(StringLengthAttribute)), "has no StringLength");
        if (typeof(IEnumerable<object>).IsAssignableFrom(type) || type == typeof(IReadOnlyList<BlockPart>)) Assert.True(property.IsDefined(typeof(MaxLengthAttribute)), "has no MaxLength");
        Assert.NotEqual(typeof(float), type);
        Assert.NotEqual(typeof(double), type);
    }

    [Fact]
    public void All_specs_are_reached() => Assert.Equal(13, Reachable(typeof(InheritRun)).Distinct().Count());

    private static IEnumerable<Type> Reachable(Type type) =>
        type.Assembly != typeof(InheritRun).Assembly || type.IsEnum ? [] : type.GetProperties().SelectMany(property => Reachable(property.PropertyType)).Prepend(type);
}
