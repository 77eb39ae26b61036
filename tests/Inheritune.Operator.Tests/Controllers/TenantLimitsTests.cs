using Inheritune.Api;
using Inheritune.Operator.Controllers;
using Inheritune.Operator.Hosting;

namespace Inheritune.Operator.Tests.Controllers;

/// <summary>Which images and Secrets a run may name.</summary>
public sealed class TenantLimitsTests
{
    public static TheoryData<string> Places => [.. Naming.Keys];

    /// <summary>Runs that name the Secret root, by the field that does.</summary>
    private static Dictionary<string, InheritRunSpec> Naming { get; } = new()
    {
        ["spec.storage.caBundleRef.name"] = new() { Storage = new() { CaBundleRef = new() { Kind = CaBundleKind.Secret, Name = "root" } } },
        ["spec.pod.imagePullSecrets[1].name"] = new() { Pod = new() { ImagePullSecrets = [new() { Name = "minio" }, new() { Name = "root" }] } },
        ["spec.pod.env[0].valueFrom.secretKeyRef.name"] =
            new() { Pod = new() { Env = [new() { Name = "A", ValueFrom = new() { SecretKeyRef = new() { Name = "root" } } }] } },
        ["spec.pod.envFrom[1].secretRef.name"] =
            new() { Pod = new() { EnvFrom = [new() { ConfigMapRef = new() { Name = "root" } }, new() { SecretRef = new() { Name = "root" } }] } },
    };

    [Theory]
    [InlineData("registry.example/team/trainer:1", true)]
    [InlineData("registry.example/team@sha256:00", true)]
    [InlineData("registry.example/team:1", true)]
    [InlineData("registry.example/team", true)]
    [InlineData("registry.example/team-b/trainer:1", false)]
    [InlineData("registry.example.evil/team/trainer:1", false)]
    [InlineData("other.example/registry.example/team/trainer:1", false)]
    [InlineData("ghcr.io/inheritune/trainer:1", true)]
    [InlineData("ghcr.io:5000/inheritune/trainer:1", false)]
    [InlineData("ghcr.io.evil/inheritune/trainer:1", false)]
    [InlineData("quay.io/pinned:1.0", true)]
    [InlineData("quay.io/pinned:1.0@sha256:00", true)]
    [InlineData("quay.io/pinned:1.0.1", false)]
    [InlineData("quay.io/folder/a/b:1", true)]
    [InlineData("quay.io/folders/a:1", false)]
    [InlineData(null, true)]
    public void Image_begins_with_an_allowed_one_and_goes_on_at_a_boundary(string? image, bool allowed)
    {
        var limits = new TenantLimits { Images = ["registry.example/team", "ghcr.io", "quay.io/pinned:1.0", "quay.io/folder/"] };
        Assert.Equal(allowed, limits.Against(new InheritRunSpec { Image = image }) is null);
        Assert.Null(new TenantLimits().Against(new InheritRunSpec { Image = image }));
    }

    [Theory]
    [InlineData("minio-credentials", true)]
    [InlineData("minio-credentials-b", false)]
    [InlineData("team-a-minio", true)]
    [InlineData("team-b-minio", false)]
    [InlineData(null, true)]
    public void Secret_has_an_allowed_name_or_beginning(string? name, bool allowed)
    {
        var spec = new InheritRunSpec { Storage = new() { CredentialsSecretRef = name is null ? null : new() { Name = name } } };
        Assert.Equal(allowed, new TenantLimits { Secrets = ["minio-credentials", "team-a-*"] }.Against(spec) is null);
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Secret_is_found_wherever_a_run_may_name_one(string field) =>
        Assert.StartsWith($"{field}: 'root'", new TenantLimits { Secrets = ["minio"] }.Against(Naming[field]), StringComparison.Ordinal);

    [Fact]
    public void ConfigMaps_are_not_limited() =>
        Assert.Null(new TenantLimits { Secrets = ["minio"] }.Against(new InheritRunSpec { Storage = new() { CaBundleRef = new() { Name = "root" } } }));

    [Fact]
    public void Refusal_names_field_value_and_what_is_allowed()
    {
        var spec = new InheritRunSpec { Image = "evil.example/x:1", Storage = new() { CredentialsSecretRef = new() { Name = "root" } } };
        Assert.Equal(
            "spec.image: 'evil.example/x:1' is not allowed by the operator (--allowed-image, in its chart allowedImages); "
            + "create a run that names one of these: a.example/x, b.example",
            new TenantLimits { Images = ["a.example/x", "b.example"] }.Against(spec));
        Assert.Equal(
            "spec.storage.credentialsSecretRef.name: 'root' is not allowed by the operator (--allowed-secret, in its chart allowedSecrets); "
            + "create a run that names one of these: minio-*",
            new TenantLimits { Secrets = ["minio-*"] }.Against(spec));
    }

    [Theory]
    [InlineData("--allowed-image=*", "--allowed-image: '*' is no beginning of an image")]
    [InlineData("--allowed-secret=a*b", "--allowed-secret: 'a*b' is no name of a Secret")]
    [InlineData("--allowed-secret=Team", "--allowed-secret: 'Team'")]
    [InlineData("--allowed-secret=team-*")]
    [InlineData("--allowed-image=registry.example:5000/team/")]
    public void Option_that_would_allow_something_else_is_refused(string option, params string[] said)
    {
        var errors = new RunCommand().Parse(["--trainer-image", "trainer:1", option]).Errors;
        Assert.Equal(said.Length, errors.Count);
        foreach (var text in said) Assert.Contains(text, errors[0].Message);
    }

    /// <summary>A new field that names a Secret in another way is not limited, and this fails.</summary>
    [Fact]
    public void Every_field_of_the_spec_that_is_about_secrets_is_one_that_is_found()
    {
        var fields = Fields(typeof(InheritRunSpec)).Where(field => field.Type == typeof(SecretReference) || IsAbout(field.Name)).ToArray();
        Assert.NotEmpty(fields);
        Assert.All(fields, field => Assert.True(
            IsAbout(field.Name) && ResourceSchema.IsObject(field.Type) && ResourceSchema.Find(field.Type, "name")?.PropertyType == typeof(string),
            $"{field.Name}, a {field.Type.Name}, has no name of a Secret that SpecNames finds"));

        // One that may be a Secret or something else says so in its kind.
        Assert.All(
            Fields(typeof(InheritRunSpec)).Where(field => field.Type.IsEnum && Enum.GetNames(field.Type).Any(IsAbout)),
            field => Assert.Equal("Kind", field.Name));

        static bool IsAbout(string name) => name.Contains("Secret", StringComparison.Ordinal);

        static IEnumerable<(string Name, Type Type)> Fields(Type type) => ResourceSchema.Fields(type).SelectMany(field =>
        {
            var own = ResourceSchema.ItemOf(field.PropertyType) ?? field.PropertyType;
            return ResourceSchema.IsObject(own) ? Fields(own).Prepend((field.Name, own)) : [(field.Name, own)];
        });
    }
}
