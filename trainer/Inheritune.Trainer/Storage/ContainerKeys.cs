using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Inheritune.Trainer.Storage;

/// <summary>Temporary keys from an agent beside the container (EKS Pod Identity, ECS).</summary>
/// <param name="address">The agent.</param>
/// <param name="variable">The variable that names it.</param>
internal sealed class ContainerKeys(Uri address, string variable) : IKeySource
{
    public const string FullVariable = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
    public const string RelativeVariable = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";

    private const string TokenVariable = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
    private const string TokenFileVariable = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";

    /// <summary>The agents of ECS and of EKS; keys in the clear from anywhere else would be anybody's.</summary>
    private static readonly IPAddress[] Agents = [.. new[] { "169.254.170.2", "169.254.170.23", "fd00:ec2::23" }.Select(IPAddress.Parse)];

    public string Description => $"{address.GetLeftPart(UriPartial.Path)} ({variable})";

    /// <summary>The agent that the environment names; null when it names none.</summary>
    /// <exception cref="RunException">It names one that may not be asked.</exception>
    public static ContainerKeys? Find()
    {
        if (S3Options.Variable(RelativeVariable) is { } path)
            return path.StartsWith('/') && Uri.TryCreate($"http://{Agents[0]}{path}", UriKind.Absolute, out var relative)
                ? new(relative, RelativeVariable)
                : throw RunException.Invalid(RelativeVariable, path, "must be a path that begins with /");
        if (S3Options.Variable(FullVariable) is not { } text) return null;
        return Uri.TryCreate(text, UriKind.Absolute, out var full) && (full.Scheme == "https" || (full.Scheme == "http" && IsNear(full)))
            ? new(full, FullVariable)
            : throw RunException.Invalid(FullVariable, text, $"must be an https URL, or http on a loopback address or {Text(Agents)}");

        static string Text(IPAddress[] addresses) => string.Join(", ", addresses.AsEnumerable());
    }

    public async Task<S3Keys> FetchAsync(CancellationToken cancellation)
    {
        var token = ReadToken();
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (token.Length > 0) request.Headers.TryAddWithoutValidation("Authorization", token);
        var remedy = $"check {variable}, {TokenFileVariable} and {TokenVariable}, and that the pod's service account has a role";
        // An agent of the node is behind no proxy.
        var sockets = new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false };
        return Parse(await KeyService.AskAsync(request, sockets, remedy, token, cancellation).ConfigureAwait(false));
    }

    private static bool IsNear(Uri uri)
    {
        try
        {
            var addresses = IPAddress.TryParse(uri.DnsSafeHost, out var address) ? [address] : Dns.GetHostAddresses(uri.DnsSafeHost);
            return addresses.Length > 0 && addresses.All(found => IPAddress.IsLoopback(found) || Agents.Contains(found));
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>What the agent wants to see, empty where it wants nothing. The file changes, and goes before the variable.</summary>
    private static string ReadToken()
    {
        if (S3Options.Variable(TokenFileVariable) is not { } file) return Single(TokenVariable, S3Options.Variable(TokenVariable) ?? "");
        try
        {
            return Single($"{TokenFileVariable}: '{file}'", File.ReadAllText(file).Trim());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var what = $"{TokenFileVariable}: '{file}' cannot be read ({e.Message.TrimEnd('.')})";
            throw new S3Exception(S3Cause.Denied, $"{what}; it must name a file with a token", e);
        }

        static string Single(string name, string token) => token.AsSpan().ContainsAny('\r', '\n')
            ? throw new S3Exception(S3Cause.Denied, $"{name} has more than one line; it must hold a token alone")
            : token;
    }

    private S3Keys Parse(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            string Of(string name) => json.RootElement.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";
            string Need(string name) => Of(name) is { Length: > 0 } text ? text : throw KeyService.Senseless(address, $"has no {name}");
            var keys = new S3Keys(Need("AccessKeyId"), Need("SecretAccessKey"), Of("Token"));
            return Of("Expiration") is { Length: > 0 } end ? keys with { Expiration = KeyService.Time(end) } : keys;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw KeyService.Senseless(address, "cannot be read");
        }
    }
}
