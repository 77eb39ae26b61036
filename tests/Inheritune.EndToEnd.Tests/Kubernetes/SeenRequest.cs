using Microsoft.AspNetCore.Http;

namespace Inheritune.EndToEnd.Tests.Kubernetes;

/// <summary>A request to the API server in Kubernetes' words.</summary>
internal sealed record SeenRequest(string Verb, string Plural, string Name, string Query, long Time)
{
    public static SeenRequest Of(HttpRequest request, long time)
    {
        // api/v1/[namespaces/NS/]PLURAL[/NAME], apis/GROUP/VERSION/[namespaces/NS/]PLURAL[/NAME]
        var path = request.Path.Value!.Trim('/').Split('/');
        var rest = path.AsSpan(Math.Min(path.Length, path[0] == "api" ? 2 : 3));
        if (rest.Length > 2 && rest[0] == "namespaces") rest = rest[2..];
        var verb = request.Method switch
        {
            "POST" => "create",
            "PUT" => "update",
            "PATCH" => "patch",
            "DELETE" => "delete",
            _ => request.Query["watch"] == "true" ? "watch" : rest.Length > 1 ? "get" : "list",
        };
        return new(verb, rest.Length > 0 ? rest[0] : "", rest.Length > 1 ? rest[1] : "", request.QueryString.Value ?? "", time);
    }
}
