using System.Text.Json;
using System.Text.Json.Nodes;
using Apiax.Http.Handlers;

namespace Apiax.Cli;

/// <summary>The settings of a service that uses the sandbox.</summary>
internal sealed record SandboxSettings(Uri BaseAddress, Uri TokenEndpoint, SandboxUser User)
{
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, NewLine = "\n" };

    /// <summary>As environment variables.</summary>
    public IEnumerable<(string Name, string Value)> Variables =>
    [
        ("Apiax__TokenEndpoint", TokenEndpoint.AbsoluteUri),
        ("Apiax__Username", User.Name),
        ("Apiax__Password", User.Password),
        ("Apiax__ApiHosts__0", BaseAddress.Authority),
    ];

    /// <summary>As an appsettings.json.</summary>
    public string ToJson() => new JsonObject
    {
        [ApiaxAuthOptions.SectionName] = new JsonObject
        {
            [nameof(ApiaxAuthOptions.TokenEndpoint)] = TokenEndpoint.AbsoluteUri,
            [nameof(ApiaxAuthOptions.Username)] = User.Name,
            [nameof(ApiaxAuthOptions.Password)] = User.Password,
            [nameof(ApiaxAuthOptions.ApiHosts)] = new JsonArray(BaseAddress.Authority),
        },
    }.ToJsonString(Format);

    public override string ToString() => $"SandboxSettings {{ {BaseAddress} }}";
}
