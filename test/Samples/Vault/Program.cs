using Apiax.Http.Handlers;
using Azure.Core;
using Azure.Identity;
using Azure.Security.KeyVault.Secrets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddSingleton<TokenCredential>(new DefaultAzureCredential());
builder.Services.AddSingleton(services => new SecretClient(new Uri("https://rules.vault.azure.net/"), services.GetRequiredService<TokenCredential>()));
builder.Services.AddSingleton<IApiaxCredentialsProvider, VaultCredentials>();
builder.Services.AddHttpClient().AddApiaxAuth();
using var host = builder.Build();
var http = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient();
Console.WriteLine(await http.GetStringAsync(new Uri(new Uri(builder.Configuration["Api"] ?? "https://api.apiax.io/"), "rules")));

/// <summary>The password of the vault, kept until the server rejects it.</summary>
internal sealed class VaultCredentials(SecretClient vault) : IApiaxCredentialsProvider
{
    private volatile string? _password;

    public async ValueTask<ApiaxCredentials> GetCredentialsAsync(ApiaxCredentialsRequest request, CancellationToken cancellationToken)
    {
        if (_password is null || request.LastCredentialsRejected)
            _password = (await vault.GetSecretAsync("apiax-password", version: null, cancellationToken)).Value.Value;

        return new ApiaxCredentials("integration-user", _password);
    }
}
