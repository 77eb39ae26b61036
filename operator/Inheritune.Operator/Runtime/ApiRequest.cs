namespace Inheritune.Operator.Runtime;

/// <summary>A request to the API server, in Kubernetes' words: a verb on a resource.</summary>
/// <param name="Verb">As RBAC names it: get, list, watch, create, update, patch, delete.</param>
/// <param name="Namespace">Null: all namespaces, or a cluster-scoped object.</param>
internal sealed record ApiRequest(string Verb, ResourceKind Kind, string? Namespace = null, string? Name = null, string? Subresource = null, string Query = "")
{
    public HttpMethod Method => Verb switch
    {
        "create" => HttpMethod.Post,
        "update" => HttpMethod.Put,
        "patch" => HttpMethod.Patch,
        "delete" => HttpMethod.Delete,
        _ => HttpMethod.Get,
    };

    public string Uri => Kind.Path(Namespace, Name, Subresource) + (Query.Length > 0 ? $"?{Query}" : "");

    /// <summary>The command that tells whether RBAC allows it.</summary>
    public string Check => $"kubectl auth can-i {Verb} {Resource}{(Namespace is null ? "" : $" -n {Namespace}")}";

    private string Resource => Kind.FullName + (Subresource is null ? "" : $"/{Subresource}");

    public override string ToString() =>
        $"{Verb} {Resource}{(Name is null ? "" : $" {Name}")}{(Namespace is null ? "" : $" in namespace {Namespace}")}";
}
