using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers;

/// <summary>
/// What the host validates when it starts: the accounts that a registration uses, and that token requests can be sent. It has its own options, since those of an account
/// are also created on a reload, where a validation would throw into the code that changes the configuration.
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
