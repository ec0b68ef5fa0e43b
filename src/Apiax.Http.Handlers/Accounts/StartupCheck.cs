using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers;

/// <summary>
/// What the host validates when it starts: the accounts that a registration uses, and that token requests can be sent. It has its own options, since those of an account
/// are also created on a reload, where a validation would throw into the code that changes the configuration.
/// </summary>
internal sealed class StartupCheck
{
    /// <param name="registry">The settings.</param>
    /// <param name="tokenClient">Sends token requests.</param>
    /// <param name="services">The container.</param>
    /// <param name="registrations">What the container was built from.</param>
    /// <param name="clients">The clients.</param>
    internal sealed class Validator(
        SettingsRegistry registry, TokenClientHandlers tokenClient, IServiceProvider services, IServiceCollection registrations, IOptions<ClientRegistrations> clients) : IValidateOptions<StartupCheck>
    {
        private static readonly Type[] NeverRead = [typeof(IOptionsMonitor<ApiaxAuthOptions>), typeof(IOptionsSnapshot<ApiaxAuthOptions>), typeof(IOptionsMonitorCache<ApiaxAuthOptions>)];

        public ValidateOptionsResult Validate(string? name, StartupCheck options)
        {
            var failures = registry.Failures();
            var hasAccounts = registry.InUse.Count > 0;
            if (hasAccounts && tokenClient.FindProblem() is { } problem)
                failures.Add(problem);

            // The library reads settings by their names, and again after changes: a test's own options object would be ignored, and the real password sent.
            // No IOptionsMonitor is resolved: from then on, wrong settings would make the framework's throw into the code that reloads the configuration.
            if (hasAccounts && IsFromApplication(services.GetRequiredService<IOptions<ApiaxAuthOptions>>()))
                failures.Add(HasNoEffect(typeof(IOptions<>)));
            if (hasAccounts)
            {
                failures.AddRange(NeverRead.Where(type => registrations.Any(service => service.ServiceType == type && !service.IsKeyedService)).Select(HasNoEffect));

                // Another user would sign in.
                failures.AddRange(clients.Value.ClientsOf(SettingsName.Shared).OfType<string>().Distinct(StringComparer.Ordinal)
                    .Where(client => registrations.Any(service => service.ServiceType == typeof(IApiaxCredentialsProvider) && Equals(service.ServiceKey, client)))
                    .Select(IsNotUsed));
            }

            return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
        }

        private static string IsNotUsed(string client) => SettingsName.Failure(
            SettingsName.Of(client),
            $"The {nameof(IApiaxCredentialsProvider)} that is registered for this client is not used, since the client has the shared account. Give it its own: services.AddHttpClient(\"{client}\").AddApiaxAuth(_ => {{ }}), or a section.");

        private static string HasNoEffect(Type type) =>
            $"A registered {type.Name.Split('`')[0]}<{nameof(ApiaxAuthOptions)}> has no effect. Set its values with services.PostConfigureAll<{nameof(ApiaxAuthOptions)}>(…) instead.";

        private static bool IsFromApplication(object options) => options is OptionsWrapper<ApiaxAuthOptions> || options.GetType().Assembly != typeof(IOptions<>).Assembly;
    }
}
