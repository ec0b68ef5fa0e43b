using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Grpc.Core;
using Refit;

namespace Apiax.Http.Handlers.Tests.Applications;

/// <summary>A Refit client.</summary>
public interface IRefitRules
{
    [Get("/rules")]
    Task<HttpResponseMessage> GetAsync();

    [Post("/rules")]
    Task<HttpResponseMessage> AddAsync([Body] Rule rule);
}

public sealed record Rule(string Name);

/// <summary>A plain typed client.</summary>
internal sealed class TypedRules(HttpClient http)
{
    public async Task CallAsync()
    {
        using var answer = await http.PostAsJsonAsync(new Uri("https://api.apiax.io/rules"), new Rule("one"));
        answer.EnsureSuccessStatusCode();
    }
}

/// <summary>As NSwag generates it: it creates the request, relative to a base URL, and reads the answer's headers first.</summary>
internal sealed class NSwagRules(HttpClient http)
{
    public string BaseUrl { get; set; } = "https://api.apiax.io/";

    public async Task CallAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(BaseUrl + "rules", UriKind.RelativeOrAbsolute));
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes("""{"name":"one"}"""));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse("application/json");
        request.Content = content;
        request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse("text/plain"));
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, CancellationToken.None);
        answer.EnsureSuccessStatusCode();
    }
}

/// <summary>As Kiota's adapter does it: its own handlers in the client, a stream as body, and the answer as a stream.</summary>
internal sealed class KiotaRules(HttpClient http)
{
    public async Task CallAsync()
    {
        using var request = new HttpRequestMessage { Method = HttpMethod.Post, RequestUri = new Uri("https://api.apiax.io/rules") };
        using var body = new MemoryStream(Encoding.UTF8.GetBytes("""{"name":"one"}"""));
        request.Content = new StreamContent(body);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Replaces the body, as Kiota's own handlers may.</summary>
    internal sealed class CompressionHandler : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var bytes = await request.Content!.ReadAsByteArrayAsync(cancellationToken);
            request.Content = new ByteArrayContent(bytes);
            return await base.SendAsync(request, cancellationToken);
        }
    }
}

/// <summary>As the gRPC compiler generates it, with strings as messages.</summary>
internal sealed class GrpcRules : ClientBase<GrpcRules>
{
    private static readonly Marshaller<string> Text = Marshallers.Create(Encoding.UTF8.GetBytes, Encoding.UTF8.GetString);
    private static readonly Method<string, string> Get = new(MethodType.Unary, "Rules", "Get", Text, Text);

    public GrpcRules(CallInvoker callInvoker)
        : base(callInvoker)
    {
    }

    private GrpcRules(ClientBaseConfiguration configuration)
        : base(configuration)
    {
    }

    /// <summary>What a server answers: one message, and the status in the trailers.</summary>
    public static HttpResponseMessage Answer(HttpRequestMessage request)
    {
        var answer = new HttpResponseMessage(HttpStatusCode.OK) { Version = HttpVersion.Version20, RequestMessage = request, Content = new ByteArrayContent([0, 0, 0, 0, 3, .. "one"u8]) };
        answer.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        answer.TrailingHeaders.Add("grpc-status", "0");
        return answer;
    }

    public async Task<string> CallAsync()
    {
        using var call = CallInvoker.AsyncUnaryCall(Get, host: null, new CallOptions(), "all");
        return await call.ResponseAsync;
    }

    protected override GrpcRules NewInstance(ClientBaseConfiguration configuration) => new(configuration);
}
