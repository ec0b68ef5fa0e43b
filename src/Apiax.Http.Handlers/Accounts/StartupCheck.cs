using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers;

/// <summary>
/// What the host validates when it starts: all accounts that a registration uses, and no others; and that token requests can be sent. Options of their own, since those of an account
/// are also made on a reload, where a validation that throws would hit whoever changed the configuration.
/// </summary>
internal sealed class StartupCheck
{
    internal sealed class Validator(SettingsRegistry registry, TokenClientHandlers tokenClient) : IValidateOptions<StartupCheck>
    {
        public ValidateOptionsResult Validate(string? name, StartupCheck options)
        {
            var failures = registry.Failures();
            if (registry.InUse.Count > 0 && tokenClient.Refusal() is { } refusal)
                failures.Add(refusal);

            return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
        }
    }
}
