using Autofac.Extensions.DependencyInjection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers.Tests.Applications;

/// <summary>An application with one API behind all its clients, a token endpoint, a witness in every client, and a log of everything.</summary>
internal sealed class Application : IAsyncDisposable
{
    public const string Password = "pa55-w0rd";

    public ServiceCollection Services { get; } = [];

    public ApiStub Api { get; } = new();

    public TokenEndpointStub Endpoint { get; } = new();

    public LogBook Logs { get; } = new();

    public IServiceProvider Provider { get; private set; } = null!;

    /// <summary>Whether the application sets the API's handler by itself.</summary>
    public bool SetsPrimary { get; set; }

    /// <param name="surroundings">What the application is built of.</param>
    /// <param name="before">Whether that is registered before the library.</param>
    public void Start(Surroundings surroundings, bool before)
    {
        Witness.Seen.Clear();
        Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(Logs));
        Services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection([new("Services:rules:https:0", "api.apiax.io:443")]).Build());
        Services.ConfigureHttpClientDefaults(client => client.AddHttpMessageHandler(() => new Witness()));
        if (before)
            surroundings.Register(this);

        Services.AddHttpClient().AddApiaxAuth(options => (options.Username, options.Password) = ("anna", Password));
        if (!before)
            surroundings.Register(this);

        if (!SetsPrimary)
            Services.ConfigureHttpClientDefaults(client => client.ConfigurePrimaryHttpMessageHandler(() => Api));

        Services.AddHttpClient(ApiaxAuthDefaults.TokenClientName).ConfigurePrimaryHttpMessageHandler(() => Endpoint);
        Provider = surroundings.HasAutofac
            ? new AutofacServiceProvider(Container(new AutofacServiceProviderFactory()))
            : Services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
    }

    public HttpClient Client(string name = "rules")
    {
        var client = Provider.GetRequiredService<IHttpClientFactory>().CreateClient(name);
        client.BaseAddress ??= new Uri("https://api.apiax.io/");
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        if (Provider is IAsyncDisposable provider)
            await provider.DisposeAsync().AsTask().Soon();

        Api.Dispose();
        Endpoint.Dispose();
        Logs.Dispose();
    }

    private Autofac.ILifetimeScope Container(AutofacServiceProviderFactory factory) =>
        ((AutofacServiceProvider)factory.CreateServiceProvider(factory.CreateBuilder(Services))).LifetimeScope;
}

/// <param name="Name">What it is.</param>
/// <param name="Register">Registers it in an application.</param>
/// <param name="CallAsync">Calls the API as such an application does; a plain call if null.</param>
/// <param name="HasAutofac">Whether the container is Autofac's.</param>
internal sealed record Surroundings(string Name, Action<Application> Register, Func<Application, Task>? CallAsync = null, bool HasAutofac = false)
{
    public override string ToString() => Name;
}
