using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Kubernetes;

namespace Inheritune.EndToEnd.Tests.Controllers;

/// <summary>An operator whose administrator has said which images and Secrets runs may name.</summary>
[Collection(nameof(Runs))]
public sealed class AllowedNamesTests(ControlPlane plane, RunApis apis) : IAsyncLifetime
{
    private OperatorCluster _cluster = null!;

    public async ValueTask InitializeAsync() =>
        _cluster = await OperatorCluster.StartAsync(plane, apis, "--allowed-image=registry.example/team", "--allowed-secret=minio-*");

    public ValueTask DisposeAsync() => _cluster?.DisposeAsync() ?? default;

    [Theory]
    [InlineData("{image: registry.example/team-b/trainer:1}", "spec.image: 'registry.example/team-b/trainer:1'", "registry.example/team")]
    [InlineData("{preflight: {image: registry.example/look:1}}", "spec.preflight.image: 'registry.example/look:1'", "registry.example/team")]
    [InlineData("{storage: {credentialsSecretRef: {name: root}}}", "spec.storage.credentialsSecretRef.name: 'root'", "minio-*")]
    [InlineData("{pod: {envFrom: [{secretRef: {name: minio-a}}, {secretRef: {name: root}}]}}", "spec.pod.envFrom[1].secretRef.name: 'root'", "minio-*")]
    public async Task Run_that_names_another_ends_without_a_pod(string spec, string said, string allowed)
    {
        await _cluster.CreateRunAsync("refused", spec);
        var end = OperatorCluster.Condition(await _cluster.StateAsync("refused", ConditionReasons.InvalidSpec), ConditionTypes.Succeeded)!;
        Assert.Equal(ConditionStatus.False, end.Status);
        Assert.StartsWith($"{said} is not allowed by the operator", end.Message, StringComparison.Ordinal);
        Assert.EndsWith(allowed, end.Message, StringComparison.Ordinal);

        // Whatever was made for that run would have been made before this.
        const string Allowed = "{image: \"registry.example/team/trainer:1\", storage: {credentialsSecretRef: {name: minio-a}}}";
        await _cluster.CreateRunAsync("allowed", Allowed);
        var job = await _cluster.JobAsync("allowed-preflight");
        Assert.Equal("registry.example/team/trainer:1", job.Spec.Template.Spec.Containers[0].Image);
        Assert.Equal([job.Metadata.Name], (await _cluster.JobsAsync()).Select(job => job.Metadata.Name));
    }
}
