using Microsoft.Extensions.DependencyInjection;

namespace Apiax.Http.Handlers.Tests;

/// <summary>The container validates types when it is built, but no factories: so this creates every service once, for each registration.</summary>
[TestFixture]
internal sealed class ContainerTests
{
    private static IEnumerable<TestCaseData<Action<IServiceCollection>>> Registrations =>
    [
        new(services => services.AddApiaxAuth().Configure<ApiaxAuthOptions>(App.Anna)) { TestName = "{m}(every client)" },
        new(services => services.AddHttpClient("rules").AddApiaxAuth(App.Anna)) { TestName = "{m}(one client)" },
        new(services => services.AddApiaxAuth(App.Anna).AddHttpClient("rules").AddApiaxAuth(App.Ben)) { TestName = "{m}(both)" },
        new(services => services.AddApiaxAuth().AddScoped<IApiaxCredentialsProvider, CredentialsStub>()) { TestName = "{m}(a scoped credentials provider)" },
    ];

    [TestCaseSource(nameof(Registrations))]
    public async Task A_validating_container_creates_every_service(Action<IServiceCollection> register)
    {
        await using var app = new App(register);
        await using var scope = app.Provider.CreateAsyncScope();
        var ours = app.Services.Where(service => service.ServiceType.Assembly == typeof(ApiaxAuthOptions).Assembly && !service.ServiceType.IsGenericType).ToList();

        Assert.Multiple(() =>
        {
            Assert.That(ours, Is.Not.Empty);
            foreach (var service in ours)
            {
                var made = service.IsKeyedService
                    ? scope.ServiceProvider.GetRequiredKeyedService(service.ServiceType, service.ServiceKey)
                    : scope.ServiceProvider.GetRequiredService(service.ServiceType);
                Assert.That(made, Is.Not.Null);
            }
        });
        Assert.That(scope.ServiceProvider.GetRequiredService<IHttpClientFactory>().CreateClient("rules"), Is.Not.Null);
    }
}
