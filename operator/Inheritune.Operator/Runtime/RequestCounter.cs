using System.Globalization;

namespace Inheritune.Operator.Runtime;

/// <summary>Counts requests to the API server by method, host and status; &lt;error&gt; where none came.</summary>
internal sealed class RequestCounter : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var code = "<error>";
        try
        {
            var response = await base.SendAsync(request, cancellationToken);
            code = ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
            return response;
        }
        finally
        {
            RuntimeMetrics.Requests.WithLabels(code, request.Method.Method, request.RequestUri!.Authority).Inc();
        }
    }
}
